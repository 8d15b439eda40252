/** One axis that windows move along: what stands of it in the arguments of a program, in this order. */
export interface WindowAxis {
  /** Elements of the operand. */
  readonly size: number
  readonly windows: number
  /** Elements of a window. */
  readonly taps: number
  readonly stride: number
  /** Padding before the first element. */
  readonly low: number
  /** From one element of the operand to the next, and from one tap of the window to the next. */
  readonly gap: number
  readonly step: number
}

const names = ['size', 'windows', 'taps', 'stride', 'low', 'gap', 'step'] as const

export const axisNumbers = (axes: readonly WindowAxis[]): readonly number[] =>
  axes.flatMap((axis) => names.map((name) => axis[name]))

/** Names the numbers of each axis, which start at argument `first`: `size0`, `windows0`, ... */
export function named(rank: number, first: number): string {
  const lines: string[] = []
  for (let axis = 0; axis < rank; axis++) {
    names.forEach((name, k) => {
      lines.push(`const i64 ${name}${axis} = (i64)a.v[${first + axis * names.length + k}];`)
    })
  }
  return `${lines.join('\n')}\n`
}

import type { Regularization } from '@ntk/dynamics'
import { boolean, nonNegative, type Rule } from '@ntk/tensor/options'

/** `diagReg` and `diagRegAbsolute`, with every default filled in. */
export type Noise = { readonly [K in keyof Regularization]-?: Exclude<Regularization[K], undefined> }

export const noiseRules: {
  readonly diagReg: Rule<number>
  readonly diagRegAbsolute: Rule<boolean>
} = { diagReg: nonNegative(0), diagRegAbsolute: boolean(false) }

/** The variance of the noise on the diagonal of a kernel whose diagonal has the mean `scale`. */
export function varianceOf({ diagReg, diagRegAbsolute }: Noise, scale: number): number {
  return diagRegAbsolute ? diagReg : diagReg * scale
}

/** How to ask for a variance on the diagonal of a kernel whose diagonal has the mean `scale`. */
export function writeNoise(variance: number, scale: number, { diagRegAbsolute }: Noise): string {
  const relative = scale > 0 && !diagRegAbsolute
  const number = (relative ? variance / scale : variance).toExponential(0)
  return relative ? `diagReg: ${number}` : `diagReg: ${number} with diagRegAbsolute: true`
}

/** Parameters in slices, so that Jacobians of more than the memory holds are made and used part by part. */
import {
  type Atom,
  type Equation,
  type PrimitiveEquation,
  type Program,
  runEquation,
  stopGradient,
} from '@ntk/autodiff'
import { add, sizeOf, slice, type Tensor } from '@ntk/tensor'
import { indexOf } from '../analysis/program.js'

/** Rows [start, stop) of one parameter along its sliced axis; all of it where `axis` is null. */
export interface Slice {
  readonly leaf: number
  readonly axis: number | null
  readonly start: number
  readonly stop: number
}

/** An equation of two operands that is linear in each, with the place of a parameter among them. */
interface Use {
  readonly equation: PrimitiveEquation<'dotGeneral'> | PrimitiveEquation<'convGeneralDilated'>
  readonly position: 0 | 1
  /** The axis of the parameter that is summed over, and the axis of the other operand that it meets. */
  readonly axis: number
  readonly partner: number
}

/** A use of a parameter as a factor of a contraction; null for any other equation. */
function useOf(equation: Equation, leaf: Atom): Use | null {
  const at = equation.inputs.map(indexOf)
  const position = at.indexOf(indexOf(leaf))
  if (position !== at.lastIndexOf(indexOf(leaf))) return null
  if (equation.primitive === 'dotGeneral') {
    const { lhsContract, rhsContract } = equation.params
    const [mine, theirs] = position === 0 ? [lhsContract, rhsContract] : [rhsContract, lhsContract]
    const [axis, partner] = [mine[0], theirs[0]]
    if (axis === undefined || partner === undefined) return null
    return { equation, position: position === 0 ? 0 : 1, axis, partner }
  }
  if (equation.primitive === 'convGeneralDilated' && position === 1) {
    const { featureGroups, batchGroups, strides } = equation.params
    if (featureGroups !== 1 || batchGroups !== 1) return null
    // images [n, space..., channels], windows [space..., channels, outputs]
    return { equation, position, axis: strides.length, partner: strides.length + 1 }
  }
  return null
}

/** By what axis each parameter of a program can be sliced; null where it cannot. `leaves` are its variables. */
export function sliceAxes({ equations, outputs }: Program, leaves: readonly Atom[]): (number | null)[] {
  return leaves.map((leaf) => {
    const index = indexOf(leaf)
    if (outputs.some((a) => indexOf(a) === index)) return null
    const axes = equations
      .filter(({ inputs }) => inputs.some((a) => indexOf(a) === index))
      .map((equation) => useOf(equation, leaf)?.axis ?? null)
    const [first] = axes
    return first !== undefined && axes.every((axis) => axis === first) ? first : null
  })
}

/** Numbers in the smallest slice of a parameter. */
export function leastSlice(shape: readonly number[], axis: number | null): number {
  return sizeOf(shape) / (axis === null ? 1 : Math.max(1, shape[axis] as number))
}

/** All parameters in groups of slices of at most `numbers` numbers, or of one smallest slice where that is larger. */
export function groupSlices(
  shapes: readonly (readonly number[])[],
  axes: readonly (number | null)[],
  numbers: number,
): Slice[][] {
  const groups: Slice[][] = []
  let room = 0
  shapes.forEach((shape, leaf) => {
    const size = sizeOf(shape)
    const least = leastSlice(shape, axes[leaf] ?? null)
    const axis = size <= numbers ? null : (axes[leaf] ?? null)
    const length = axis === null ? 1 : (shape[axis] as number)
    const count = Math.ceil(length / Math.max(1, Math.floor(numbers / least)))
    const rows = Math.ceil(length / count)
    for (let start = 0; start < length; start += rows) {
      const stop = Math.min(length, start + rows)
      const part = (size / length) * (stop - start)
      if (part > room || groups.length === 0) {
        groups.push([])
        room = numbers
      }
      groups.at(-1)?.push({ leaf, axis, start, stop })
      room -= part
    }
  })
  return groups
}

const cut = (x: Tensor, axis: number, { start, stop }: Slice): Tensor =>
  slice(x, ...new Array<null>(axis).fill(null), [start, stop])

/** The tensor whose derivatives are those of a slice: the parameter itself, or zeros to be added to its rows. */
export function variableOf(part: Slice, leaf: Tensor, zeros: (shape: readonly number[]) => Tensor): Tensor {
  if (part.axis === null) return leaf
  return zeros(leaf.shape.map((d, i) => (i === part.axis ? part.stop - part.start : d)))
}

/**
 * The output of a program where these variables stand for slices of its parameters. y = w x with a step δ added to
 * rows r of w is w x + δ x_r, and the last term is all that is computed of the slice.
 */
export function runWithSlices(
  { inputs, equations, outputs, size }: Program,
  leaves: readonly Tensor[],
  x: Tensor,
  parts: readonly Slice[],
  variables: readonly Tensor[],
): Tensor {
  const env: (Tensor | undefined)[] = new Array<Tensor | undefined>(size).fill(undefined)
  const sliced = new Map<number, { readonly part: Slice; readonly step: Tensor }[]>()
  inputs.forEach((v, i) => {
    env[v.index] = leaves[i] ?? x
  })
  parts.forEach((part, i) => {
    const { index } = inputs[part.leaf] as Program['inputs'][number]
    const step = variables[i] as Tensor
    if (part.axis === null) env[index] = step
    else sliced.set(index, [...(sliced.get(index) ?? []), { part, step }])
  })
  const read = (a: Atom): Tensor => (a.value ?? env[indexOf(a)]) as Tensor
  for (const equation of equations) {
    const values = equation.inputs.map(read)
    const results = runEquation(equation, values)
    for (const leaf of new Set(equation.inputs)) {
      const use = sliced.has(indexOf(leaf)) ? useOf(equation, leaf) : null
      if (use === null) continue
      const other = stopGradient(values[1 - use.position] as Tensor)
      for (const { part, step } of sliced.get(indexOf(leaf)) ?? []) {
        const met = cut(other, use.partner, part)
        const [term] = runEquation(equation, use.position === 0 ? [step, met] : [met, step])
        results[0] = add(results[0] as Tensor, term as Tensor)
      }
    }
    equation.outputs.forEach((v, i) => {
      env[v.index] = results[i] as Tensor
    })
  }
  return read(outputs[0] as Atom)
}

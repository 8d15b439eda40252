import { decodeNpy, encodeNpy, type Tensor, tensorFromData } from '@ntk/tensor'
import type { StageContext } from '../runs/stages.js'

/** Files of a stage: every tensor as `name.npy`. */
export function packArrays(arrays: Readonly<Record<string, Tensor>>): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)]))
}

/** An array that a stage before has left. */
export function arrayOf(context: Pick<StageContext, 'result'>, stage: string, name: string): Tensor {
  const bytes = context.result(stage).files[`${name}.npy`]
  if (bytes === undefined) throw new Error(`stage ${stage} has no array ${name}`)
  return decodeNpy(bytes)
}

/** The numbers of an array that a stage before has left, as float64. */
export function numbersOf(context: Pick<StageContext, 'result'>, stage: string, name: string): Float64Array {
  const data = arrayOf(context, stage, name).dataSync()
  return data instanceof Float64Array ? data : Float64Array.from(data)
}

/** A number that a stage before has left among its values. */
export function valueOf(context: Pick<StageContext, 'result'>, stage: string, name: string): number {
  const value = context.result(stage).values[name]
  if (typeof value !== 'number') throw new Error(`stage ${stage} has no number ${name}`)
  return value
}

/** Arrays of equal length, one an evaluation, as one tensor [evaluations, ...shape]. */
export function stackRows(rows: readonly ArrayLike<number>[], shape: readonly number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1)
  const data = new Float64Array(rows.length * size)
  rows.forEach((row, i) => data.set(row, i * size))
  return tensorFromData(data, [rows.length, ...shape])
}

/** Row `index` of an array [rows, ...] flattened. */
export function rowOf(data: Float64Array, rows: number, index: number): Float64Array {
  const size = data.length / rows
  return data.subarray(index * size, (index + 1) * size)
}

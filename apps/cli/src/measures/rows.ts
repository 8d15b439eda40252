import { type Tensor, tensorFromData } from '@ntk/tensor'

/** The numbers of an array on the host as float64. */
export function float64s(array: Tensor): Float64Array {
  const data = array.dataSync()
  return data instanceof Float64Array ? data : Float64Array.from(data)
}

/** Arrays of equal length as one tensor [rows, ...shape]. */
export function stackRows(rows: readonly ArrayLike<number>[], shape: readonly number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1)
  const data = new Float64Array(rows.length * size)
  rows.forEach((row, i) => data.set(row, i * size))
  return tensorFromData(data, [rows.length, ...shape])
}

/** An array [rows, ...] as one flat array a row. */
export function rowsOf(array: Tensor): Float64Array[] {
  const data = float64s(array)
  const rows = array.shape[0] ?? 0
  const size = data.length / rows
  return Array.from({ length: rows }, (_, i) => data.subarray(i * size, (i + 1) * size))
}

import type { FloatArray, ReduceName } from './types.js'

/** dst[r] = reduction over the columns of row r of a contiguous [rows, cols] matrix; NaN travels through max and min. */
export function reduceRows(op: ReduceName, src: FloatArray, rows: number, cols: number, dst: FloatArray): void {
  throw new Error(`not yet: ${[op, src, rows, cols, dst].length}`)
}

/** dst[c] = reduction over the rows of column c of a contiguous [rows, cols] matrix. */
export function reduceColumns(op: ReduceName, src: FloatArray, rows: number, cols: number, dst: FloatArray): void {
  throw new Error(`not yet: ${[op, src, rows, cols, dst].length}`)
}

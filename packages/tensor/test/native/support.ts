import { findBlas } from '../../src/cpu/native/node.js'
import type { NativeBlas } from '../../src/cpu/native/types.js'

/** The machine's BLAS whatever NTK_BLAS says (NTK_TEST_BLAS names another), or why the tests that need it are skipped. */
export function machineBlas(): { blas: NativeBlas | null; reason: string } {
  const { NTK_BLAS: _, NTK_TEST_BLAS: named, ...env } = process.env
  const found = findBlas(named === undefined ? env : { ...env, NTK_BLAS: named })
  return 'blas' in found ? { blas: found.blas, reason: '' } : { blas: null, reason: found.reason }
}

export type Reals = Float64Array | Float32Array

/** A row-major matrix inside an array: it begins at `offset`, its rows are `ld` apart. */
export interface Matrix {
  readonly all: Reals
  readonly data: Reals
  readonly rows: number
  readonly columns: number
  readonly ld: number
}

let state = 1
/** Reproducible numbers in (-1, 1). */
export function number(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 31 - 1
}

export interface MatrixOptions {
  readonly single?: boolean
  readonly offset?: number
  readonly extra?: number
  readonly shared?: boolean
}

/** Random numbers, also in the gaps between rows, which no function may touch. */
export function matrix(rows: number, columns: number, options: MatrixOptions = {}): Matrix {
  const { single = false, offset = 0, extra = 0, shared = false } = options
  const ld = columns + extra
  const length = offset + rows * ld
  const bytes = length * (single ? 4 : 8)
  const buffer = shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)
  const all = single ? new Float32Array(buffer) : new Float64Array(buffer)
  for (let i = 0; i < length; i++) all[i] = number()
  return { all, data: all.subarray(offset), rows, columns, ld }
}

export const at = (m: Matrix, i: number, j: number): number => m.data[i * m.ld + j] as number

export function setAt(m: Matrix, i: number, j: number, value: number): void {
  m.data[i * m.ld + j] = value
}

/** Element of op(m). */
export const opAt = (m: Matrix, trans: boolean, i: number, j: number): number =>
  trans ? at(m, j, i) : at(m, i, j)

export function copyOf(m: Matrix): Matrix {
  const all = m.all.slice()
  return { ...m, all, data: all.subarray(m.all.length - m.data.length) }
}

/** The elements that differ between the matrices' arrays outside of the matrix (gaps, what lies before it). */
export function touchedOutside(before: Matrix, after: Matrix): number {
  const offset = before.all.length - before.data.length
  let touched = 0
  before.all.forEach((value, i) => {
    const inside = i >= offset && (i - offset) % before.ld < before.columns
    if (!inside && value !== after.all[i]) touched++
  })
  return touched
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FloatDType, NtkError, sizeOf, type Tensor, tensorFromData } from '@ntk/tensor'
import type { ComputeTile, Job, PlanOptions, ResultArray, Tile } from '@ntk/tiles'
import { onTestFinished } from 'vitest'

/** A folder of its own that goes when the test is over. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ntk-tiles-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export type Name = 'k' | 'own1' | 'own2'

/** A matrix of pairs with two pairs of trailing axes, and a term a sample of each side. */
export function arraysOf(dtype: FloatDType, trailing: readonly number[] = []): ResultArray<Name>[] {
  const exchanged =
    trailing.length === 4
      ? ([
          [0, 1],
          [2, 3],
        ] as const)
      : []
  return [
    { name: 'k', over: 'pairs', trailing, exchanged, dtype },
    { name: 'own1', over: 'rows', trailing: [], exchanged: [], dtype },
    { name: 'own2', over: 'cols', trailing: [2], exchanged: [], dtype },
  ]
}

/** An irregular number of two things; with `symmetric` the same of both orders. */
function numberOf(a: number, b: number, symmetric: boolean): number {
  const [x, y] = symmetric && a < b ? [b, a] : [a, b]
  return Math.sin(12.9898 * (x + 1) + 78.233 * (y + 1)) / 3
}

/** The number of a pair of samples at an index of the trailing axes [h, h', w, w']: of (i, h, w) and (j, h', w'). */
export function entry(symmetric: boolean, i: number, j: number, index: readonly number[]): number {
  const [h = 0, h2 = 0, w = 0, w2 = 0] = index
  return numberOf(100 * i + 10 * h + w, 100 * j + 10 * h2 + w2, symmetric)
}

function indexOf(place: number, shape: readonly number[]): number[] {
  const index: number[] = []
  let rest = place
  for (const d of [...shape].reverse()) {
    index.unshift(rest % d)
    rest = Math.floor(rest / d)
  }
  return index
}

/** Computes tiles of `arraysOf`, with something wrong above the diagonal, where nothing counts. */
export function computeOf(plan: PlanOptions, trailing: readonly number[] = []): ComputeTile<Name> {
  const width = sizeOf(trailing)
  return ({ rows, cols, givesRows, givesCols }: Tile) => {
    const [m, n] = [rows.stop - rows.start, cols.stop - cols.start]
    const k = new Float64Array(m * n * width).map((_, at) => {
      const [i, j] = [rows.start + Math.floor(at / width / n), cols.start + (Math.floor(at / width) % n)]
      // Nothing counts above the diagonal, nor in one half of a sample with itself.
      const [h = 0, h2 = 0, w = 0, w2 = 0] = indexOf(at % width, trailing)
      if (plan.symmetric && (j > i || (j === i && 10 * h + w < 10 * h2 + w2))) return Number.NaN
      return entry(plan.symmetric, i, j, indexOf(at % width, trailing))
    })
    return {
      k: tensorFromData(k, [m, n, ...trailing]),
      own1: givesRows
        ? tensorFromData(
            new Float64Array(m).map((_, i) => ownOf(rows.start + i)),
            [m],
          )
        : null,
      own2: givesCols
        ? tensorFromData(
            new Float64Array(2 * n).map((_, i) => -ownOf(2 * cols.start + i)),
            [n, 2],
          )
        : null,
    }
  }
}

export function ownOf(i: number): number {
  return Math.cos(i + 0.1)
}

/** What the whole array `k` must be. */
export function wholeOf({ n1, n2, symmetric }: PlanOptions, trailing: readonly number[] = []): Float64Array {
  const width = sizeOf(trailing)
  return new Float64Array(n1 * n2 * width).map((_, at) => {
    const pair = Math.floor(at / width)
    return entry(symmetric, Math.floor(pair / n2), pair % n2, indexOf(at % width, trailing))
  })
}

export const job =
  (name = 'a job'): (() => Job) =>
  () => ({ name, x: { data: Float64Array.of(1, 2), shape: [2], dtype: 'float64' } })

/** The error of a promise as 'code: message'. */
export async function errorOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => 'no error',
    (e: unknown) => e,
  )
  return NtkError.isInstance(error) ? `${error.code}: ${error.message}` : `no NtkError: ${String(error)}`
}

/** The bits of a tensor's numbers. */
export async function bits(x: Tensor): Promise<string> {
  const data = await x.data()
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
}

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { expect } from 'vitest'

/** Real images, which live beside the project. */
const root = process.env.NTK_TEST_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))

export const hasImages: boolean =
  existsSync(join(root, 'cifar-10/data_batch_1.bin.gz')) &&
  existsSync(join(root, 'mnist/train-images-idx3-ubyte.gz'))

interface Images {
  /** Rows of bytes as they stand in the file, each of Euclidean norm √d. */
  readonly x: Tensor
  readonly labels: Tensor
}

/** The first n images of a file. */
export function images(data: 'cifar' | 'mnist', part: 'train' | 'test', n: number): Images {
  const { rows, labels, d } = data === 'cifar' ? cifar(part, n) : mnist(part, n)
  const x = Float64Array.from(rows)
  for (let i = 0; i < n; i++) {
    const row = x.subarray(i * d, (i + 1) * d)
    const norm = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0))
    row.forEach((v, k) => {
      row[k] = (v / norm) * Math.sqrt(d)
    })
  }
  return { x: tensorFromData(x, [n, d]), labels: tensorFromData(labels, [n]) }
}

interface Bytes {
  readonly rows: Uint8Array
  readonly labels: Int32Array
  readonly d: number
}

function cifar(part: 'train' | 'test', n: number): Bytes {
  const d = 3072
  const bytes = unzipped(`cifar-10/${part === 'train' ? 'data_batch_1' : 'test_batch'}.bin.gz`)
  const rows = new Uint8Array(n * d)
  const labels = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const start = i * (d + 1)
    labels[i] = bytes[start] as number
    rows.set(bytes.subarray(start + 1, start + 1 + d), i * d)
  }
  return { rows, labels, d }
}

function mnist(part: 'train' | 'test', n: number): Bytes {
  const d = 784
  const name = part === 'train' ? 'train' : 't10k'
  const rows = unzipped(`mnist/${name}-images-idx3-ubyte.gz`).subarray(16, 16 + n * d)
  const labels = Int32Array.from(unzipped(`mnist/${name}-labels-idx1-ubyte.gz`).subarray(8, 8 + n))
  return { rows, labels, d }
}

const unzipped = (path: string): Uint8Array => gunzipSync(readFileSync(join(root, path)))

/** Numbers that agree to an absolute tolerance. */
export function expectNear(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(want.length)
  let worst = 0
  for (let i = 0; i < want.length; i++) {
    worst = Math.max(worst, Math.abs((got[i] as number) - (want[i] as number)))
    if (Number.isNaN(got[i])) worst = Number.NaN
  }
  expect(worst).toBeLessThanOrEqual(tolerance)
}

/** The NtkError that a call ends in, as `code: message`. */
export async function refusal(call: () => unknown): Promise<string> {
  try {
    await call()
  } catch (error) {
    if (NtkError.isInstance(error)) return `${error.code}: ${error.message}`
    throw error
  }
  return 'no error'
}

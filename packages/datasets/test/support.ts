import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { NtkError, type NtkErrorCode } from '@ntk/tensor'
import { gzipSync } from 'fflate'

/** An IDX file of bytes. */
export function idx(shape: readonly number[], values: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(4 + 4 * shape.length + values.length)
  const view = new DataView(out.buffer)
  view.setUint32(0, 0x0800 | shape.length)
  shape.forEach((d, i) => {
    view.setUint32(4 + 4 * i, d)
  })
  out.set(values, 4 + 4 * shape.length)
  return out
}

/** An IDX file of doubles. */
export function idxOfDoubles(shape: readonly number[], values: readonly number[]): Uint8Array {
  const out = new Uint8Array(4 + 4 * shape.length + 8 * values.length)
  const view = new DataView(out.buffer)
  view.setUint32(0, 0x0e00 | shape.length)
  shape.forEach((d, i) => {
    view.setUint32(4 + 4 * i, d)
  })
  values.forEach((v, i) => {
    view.setFloat64(4 + 4 * shape.length + 8 * i, v)
  })
  return out
}

/** A small set in the form of MNIST: n images of size x size, label i mod 10. */
export function smallSet(n: number, size = 28): { images: Uint8Array; labels: Uint8Array } {
  const pixels = Uint8Array.from({ length: n * size * size }, (_, i) => (i * 7 + (i >> 5)) % 256)
  return {
    images: idx([n, size, size], pixels),
    labels: idx(
      [n],
      Uint8Array.from({ length: n }, (_, i) => i % 10),
    ),
  }
}

/** The four files by name, gzipped. */
export function smallFiles(train = 30, test = 20, size = 28): Record<string, Uint8Array> {
  const a = smallSet(train, size)
  const b = smallSet(test, size)
  return {
    'train-images-idx3-ubyte': gzipSync(a.images),
    'train-labels-idx1-ubyte': gzipSync(a.labels),
    't10k-images-idx3-ubyte': gzipSync(b.images),
    't10k-labels-idx1-ubyte': gzipSync(b.labels),
  }
}

export function errorOf(run: () => unknown): NtkError {
  try {
    run()
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** Throws unless an error of a code comes whose message matches. */
export function expectError(run: () => unknown, code: string, message: RegExp): void {
  const error = errorOf(run)
  if (error.code !== code || !message.test(error.message)) throw error
}

export async function rejectionOf(promise: Promise<unknown>): Promise<NtkError> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  throw new Error(`nothing was thrown, but ${String(value)} returned`)
}

export const codeOf = (run: () => unknown): NtkErrorCode => errorOf(run).code

const root = process.env.NTK_TEST_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
/** A folder with real digits; null where this machine has none. */
export const realMnist: string | null = existsSync(`${root}/mnist`) ? `${root}/mnist` : null

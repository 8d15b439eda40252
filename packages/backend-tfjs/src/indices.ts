import { NtkError } from '@ntk/tensor'
import { canBlock, filled, type Tf, type TfTensor } from './rule.js'

/** What was uploaded as int32 to a device that cannot be read at once, by tfjs's name of the data, which reshapes share. */
const uploaded = new WeakMap<object, ArrayLike<number>>()

/** Remembers numbers that may be read as indices later. */
export function rememberIndices(tf: Tf, tensor: TfTensor, data: ArrayLike<number>): void {
  if (tensor.dtype === 'int32' && !canBlock(tf)) uploaded.set(tensor.dataId, data)
}

/**
 * Throws NtkError 'index' unless every index lies in [0, n). Reads the indices, which are few. False where they were computed
 * on a device that cannot be read at once: then the caller must mark what lies outside.
 */
export function checkIndices(tf: Tf, name: string, indices: TfTensor, n: number): boolean {
  if (indices.size === 0) return true
  const known = uploaded.get(indices.dataId) ?? (canBlock(tf) ? indices.dataSync() : null)
  if (known === null) return false
  for (let i = 0; i < known.length; i++) {
    const at = known[i] as number
    if (at < 0 || at >= n)
      throw new NtkError('index', { what: `${name} needs indices in [0, ${n}).`, got: String(at) })
  }
  return true
}

/** Indices in [0, n), and rows of float32 that are NaN where they were not. */
export interface Marked {
  readonly indices: TfTensor
  readonly mark: (rows: TfTensor) => TfTensor
}

/** For indices that could not be checked: numbers of wrong places become NaN, for dtypes that have it. */
export function markOutside(tf: Tf, name: string, indices: TfTensor, n: number, dtype: string): Marked {
  if (dtype !== 'float32') {
    throw new NtkError('unsupported', {
      what: `${name} of ${dtype} cannot check indices that were computed on this device.`,
      fix: 'Bring the indices home and back: `await toBackend(await toHost(indices), backend)`.',
    })
  }
  const flat = tf.reshape(indices, [indices.size])
  const inside = tf.minimum(tf.maximum(flat, tf.scalar(0, 'int32')), tf.scalar(n - 1, 'int32'))
  const wrong = tf.notEqual(flat, inside)
  return {
    indices: tf.reshape(inside, indices.shape),
    mark: (rows) => {
      const [count, width] = rows.shape as [number, number]
      const spread = tf.tile(tf.reshape(tf.cast(wrong, 'int32'), [count, 1]), [1, width])
      const poison = filled(tf, { shape: [count * width], dtype: 'float32' }, Number.NaN)
      const marked = tf.where(
        tf.cast(tf.reshape(spread, [count * width]), 'bool'),
        poison,
        tf.reshape(rows, [count * width]),
      )
      return tf.reshape(marked, rows.shape)
    },
  }
}

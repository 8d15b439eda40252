import { sizeOf } from '@ntk/tensor'
import { canBlock, type Tf, type TfTensor } from './rule.js'

/** Where output axis i is input axis perm[i]: the flat place in the input of every output. */
function places(shape: readonly number[], perm: readonly number[]): Int32Array {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)))
  const [sizes, steps] = [perm.map((p) => shape[p] as number), perm.map((p) => strides[p] as number)]
  const out = new Int32Array(sizeOf(shape))
  const index = sizes.map(() => 0)
  for (let flat = 0, from = 0; flat < out.length; flat++) {
    out[flat] = from
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const step = steps[axis] as number
      index[axis] = (index[axis] as number) + 1
      from += step
      if ((index[axis] as number) < (sizes[axis] as number)) break
      from -= step * (sizes[axis] as number)
      index[axis] = 0
    }
  }
  return out
}

/** tfjs' program for WebGPU that transposes does not compile for int32. */
export function transpose(tf: Tf, x: TfTensor, perm: readonly number[]): TfTensor {
  if (x.dtype === 'float32' || canBlock(tf)) return tf.transpose(x, [...perm])
  const rows = tf.gather(tf.reshape(x, [x.size]), tf.tensor1d(places(x.shape, perm), 'int32'))
  const shape = perm.map((p) => x.shape[p] as number)
  return tf.reshape(rows, shape)
}

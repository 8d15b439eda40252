import { type Arity, mapInputs, sizeOf, type Tuples } from '@ntk/tensor'
import { type Tf, type TfTensor } from './rule.js'

/**
 * Operands of an elementwise op over as few axes as they allow: neighbouring axes that all operands have, or broadcast,
 * alike are merged. The devices' kernels handle few axes well and many wrongly or not at all.
 */
export function merged<N extends Arity>(
  tf: Tf,
  operands: Tuples<TfTensor>[N],
  shape: readonly number[],
): Tuples<TfTensor>[N] {
  const shapes = mergedShapes(
    operands.map((t) => t.shape),
    shape,
  )
  return mapInputs(operands, (t, k) => tf.reshape(t, shapes[k] as number[]))
}

function mergedShapes(shapes: readonly (readonly number[])[], shape: readonly number[]): number[][] {
  const rank = shape.length
  const full = shapes.map((s) => [...new Array<number>(rank - s.length).fill(1), ...s])
  const pattern = (axis: number): string => full.map((s) => (s[axis] === shape[axis] ? 'x' : '1')).join('')
  const starts: number[] = []
  for (let axis = 0; axis < rank; axis++) {
    if (shape[axis] === 1) continue
    const last = starts.at(-1)
    if (last === undefined || pattern(last) !== pattern(axis)) starts.push(axis)
  }
  return full.map((own) => starts.map((start, i) => sizeOf(own.slice(start, starts[i + 1] ?? rank))))
}

/** Axes that a device repeats along at once: WebGPU reads tensors of more, which it cannot do at once. */
const mostAxes = 4

/** x repeated to a shape, over as few axes as possible; of many, the first two at a time. */
export function broadcast(tf: Tf, x: TfTensor, shape: readonly number[]): TfTensor {
  if (x.size === sizeOf(shape)) return tf.reshape(x, [...shape])
  let [narrow, wide] = mergedShapes([x.shape, shape], shape) as [number[], number[]]
  let repeated = x
  while (wide.length > mostAxes) {
    const [[n0 = 1, n1 = 1, ...ownRest], [w0 = 1, w1 = 1, ...rest]] = [narrow, wide]
    const size = sizeOf(ownRest)
    repeated = tf.broadcastTo(tf.reshape(repeated, [n0, n1, size]), [w0, w1, size])
    narrow = [w0 * w1, ...ownRest]
    wide = [w0 * w1, ...rest]
  }
  return tf.reshape(tf.broadcastTo(tf.reshape(repeated, narrow), wide), [...shape])
}

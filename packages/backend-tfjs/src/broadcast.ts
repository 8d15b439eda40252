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

/** x repeated to a shape, over as few axes as possible. */
export function broadcast(tf: Tf, x: TfTensor, shape: readonly number[]): TfTensor {
  if (x.size === sizeOf(shape)) return tf.reshape(x, [...shape])
  const [narrow, wide] = mergedShapes([x.shape, shape], shape) as [number[], number[]]
  return tf.reshape(tf.broadcastTo(tf.reshape(x, narrow), wide), [...shape])
}

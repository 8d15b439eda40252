import {
  add,
  cast,
  constantFromData,
  div,
  equal,
  expandDims,
  greaterEqual,
  less,
  logicalAnd,
  NtkError,
  sameShape,
  Tensor,
  type Value,
} from '@ntk/tensor'

/** Whether targets are the classes themselves: int32 of the shape of the outputs without their last axis. */
export function areLabels(f: unknown, y: unknown): boolean {
  if (!hasShape(f) || !hasShape(y)) return false
  return y.dtype === 'int32' && f.shape.length > 0 && sameShape(y.shape, f.shape.slice(0, -1))
}

function hasShape(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && 'shape' in value && 'dtype' in value
}

/**
 * One-hot targets like f of integer labels [n, ...]. A label that is no class throws NtkError 'value' where it can be read at once;
 * elsewhere its targets are NaN, so that it cannot pass for a number.
 */
export function oneHotOf<V extends Value>(owner: string, f: V, labels: V): V {
  const classes = f.shape.at(-1) as number
  const names = constantFromData(
    Int32Array.from({ length: classes }, (_, i) => i),
    [classes],
    f.backend,
  )
  const hot = cast(equal<Value>(expandDims(labels, -1), names), f.dtype)
  if (Tensor.isInstance(labels) && labels.backend.collected) {
    checkLabels(owner, labels, classes)
    return hot as V
  }
  const known = logicalAnd<Value>(greaterEqual(labels, 0), less(labels, classes))
  // 0 / 1 is 0, and 0 / 0 is NaN
  return add<Value>(hot, div(0, cast(expandDims(known, -1), f.dtype))) as V
}

function checkLabels(owner: string, labels: Tensor, classes: number): void {
  const values = labels.dataSync()
  const at = values.findIndex((v: number) => v < 0 || v >= classes)
  if (at < 0) return
  throw new NtkError('value', {
    what: `${owner} needs labels that are classes, integers in [0, ${classes - 1}] for ${classes} outputs.`,
    got: `${values[at]} at ${at}`,
    fix: 'Count classes from 0, and end the network with as many outputs as there are classes.',
  })
}

import {
  binaryFloat,
  binaryNumber,
  bind1,
  compare,
  type ElementwiseParams,
  eachOf,
  type Inputs,
  logical,
  mapInputs,
  moveAxis,
  type Params,
  reshape,
  type Taking,
  unaryFloat,
  unaryNumber,
  type Value,
} from '@ntk/tensor'
import type { SomeInputs } from '../core/some.js'
import { type BatchAxis, type Batched, type BatchTable, one, withEntry } from './rule.js'

type Elementwise = keyof ElementwiseParams

/** One operand: the batch axis is an axis like any other. */
function unary<P extends Elementwise & Taking<1>>(
  primitive: P,
): (x: readonly [Value], axes: readonly [number], params: Params<P>) => Batched<[Value]> {
  return ([x], [axis], params) => one(bind1(primitive, [x], params), axis)
}

/**
 * An operand made to broadcast with others whose batch axis stands at `at` of `rank` example axes and one more. Shapes
 * align from the last axis, so what has fewer axes than the widest example needs ones where the batch axis is in the way.
 */
function aligned(x: Value, axis: BatchAxis, at: number, rank: number): Value {
  if (axis === null) {
    const lead = rank - x.shape.length
    return at <= lead ? x : reshape(x, withEntry(x.shape, at - lead, 1))
  }
  const missing = rank + 1 - x.shape.length
  if (missing === 0) return axis === at ? x : moveAxis(x, axis, at)
  const first = axis === 0 ? x : moveAxis(x, axis, 0)
  const padded = reshape(first, [
    first.shape[0] as number,
    ...new Array<number>(missing).fill(1),
    ...first.shape.slice(1),
  ])
  return moveAxis(padded, 0, at)
}

/** Broadcasting operands. The batch axis stays where the widest batched operand has it. */
function broadcasting<P extends Elementwise & Taking<2 | 3>>(
  primitive: P,
): (x: Inputs<P, Value>, axes: SomeInputs<P, number>, params: Params<P>) => Batched<[Value]> {
  return (x, axes, params) => {
    let rank = 0
    let i = 0
    for (const { shape } of x) rank = Math.max(rank, shape.length - (axes[i++] === null ? 0 : 1))
    const at = axes.find((axis, k) => axis !== null && x[k]?.shape.length === rank + 1) ?? 0
    const inputs = mapInputs(x, (v, i) => aligned(v, axes[i] ?? null, at, rank))
    return one(bind1(primitive, inputs, params), at)
  }
}

export const elementwise: BatchTable<Elementwise> = {
  ...eachOf([...unaryFloat, ...unaryNumber, 'not', 'isFinite', 'cast'], unary),
  ...eachOf([...binaryNumber, ...binaryFloat, ...compare, ...logical], broadcasting),
  select: broadcasting('select'),
}

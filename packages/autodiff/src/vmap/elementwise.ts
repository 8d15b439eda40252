import {
  binaryFloat,
  binaryNumber,
  bind1,
  compare,
  type ElementwiseParams,
  logical,
  moveAxis,
  type Primitive,
  reshape,
  unaryFloat,
  unaryNumber,
  type Value,
} from '@ntk/tensor'
import { type BatchAxis, type BatchRule, type BatchTable, one, withEntry } from './rule.js'

type Elementwise = keyof ElementwiseParams

/** One operand: the batch axis is an axis like others. */
function unary<P extends Primitive>(primitive: P): BatchRule<P> {
  return ([x], [axis], params) => one(bind1(primitive, [x as Value], params), axis as number)
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
function broadcasting<P extends Elementwise>(primitive: P): BatchRule<P> {
  return (x, axes, params) => {
    let rank = 0
    for (let i = 0; i < x.length; i++) {
      rank = Math.max(rank, (x[i] as Value).shape.length - (axes[i] === null ? 0 : 1))
    }
    let at = 0
    for (let i = 0; i < x.length; i++) {
      const axis = axes[i] as BatchAxis
      if (axis !== null && (x[i] as Value).shape.length === rank + 1) {
        at = axis
        break
      }
    }
    return one(
      bind1(
        primitive,
        x.map((v, i) => aligned(v, axes[i] as BatchAxis, at, rank)),
        params,
      ),
      at,
    )
  }
}

function table<P extends Elementwise>(names: readonly P[], rule: (primitive: P) => unknown): BatchTable<P> {
  return Object.fromEntries(names.map((n) => [n, rule(n)])) as unknown as BatchTable<P>
}

export const elementwise: BatchTable<Elementwise> = {
  ...table([...unaryFloat, ...unaryNumber, 'not', 'isFinite', 'cast'], unary),
  ...table([...binaryNumber, ...binaryFloat, ...compare, ...logical, 'select'], broadcasting),
}

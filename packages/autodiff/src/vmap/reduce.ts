import { bind1, eachOf, type Params, type Primitive, type ReduceParams, type Value } from '@ntk/tensor'
import { type Batched, type BatchTable, one, shifted } from './rule.js'

/** A rule of a primitive of one input and one output. */
type Rule<P extends Primitive> = (
  x: readonly [Value],
  axes: readonly [number],
  params: Params<P>,
) => Batched<[Value]>

type Reduction = 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin' | 'reduceAnd' | 'reduceOr'

/** The batch axis is one that is not reduced. */
function reduction<P extends Reduction>(primitive: P): Rule<P> {
  return ([x], [at], params) => {
    const axes = params.axes.map((a) => shifted(a, at))
    return one(bind1(primitive, [x], { ...params, axes }), at - axes.filter((a) => a < at).length)
  }
}

/** Along one axis of each example. */
function along<P extends 'argMax' | 'argMin' | 'cumSum' | 'sort' | 'argSort'>(
  primitive: P,
  removes: boolean,
): Rule<P> {
  return ([x], [at], params) => {
    const axis = shifted(params.axis, at)
    return one(bind1(primitive, [x], { ...params, axis }), at - Number(removes && axis < at))
  }
}

export const reductions: BatchTable<keyof ReduceParams> = {
  ...eachOf(['reduceSum', 'reduceProd', 'reduceMax', 'reduceMin', 'reduceAnd', 'reduceOr'], reduction),
  argMax: along('argMax', true),
  argMin: along('argMin', true),
  cumSum: along('cumSum', false),
  sort: along('sort', false),
  argSort: along('argSort', false),
}

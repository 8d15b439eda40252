import { bind1, type Params, type Primitive, type ReduceParams, type Shape, type Value } from '@ntk/tensor'
import { type BatchRule, type BatchTable, one, shifted } from './rule.js'

type Reduction = 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin' | 'reduceAnd' | 'reduceOr'

/** The batch axis is one that is not reduced. */
function reduction<P extends Reduction>(primitive: P): BatchRule<P> {
  return ([x], [batch], params) => {
    const at = batch as number
    const axes = (params as { readonly axes: Shape }).axes.map((a) => shifted(a, at))
    return one(
      bind1(primitive, [x as Value], { axes } as unknown as Params<P>),
      at - axes.filter((a) => a < at).length,
    )
  }
}

/** Along one axis of each example. */
function along<P extends 'argMax' | 'argMin' | 'cumSum' | 'sort' | 'argSort'>(
  primitive: P,
  removes: boolean,
): BatchRule<P> {
  return ([x], [batch], params) => {
    const at = batch as number
    const axis = shifted((params as { readonly axis: number }).axis, at)
    return one(
      bind1(primitive as Primitive, [x as Value], { ...params, axis }),
      at - Number(removes && axis < at),
    )
  }
}

export const reductions: BatchTable<keyof ReduceParams> = {
  reduceSum: reduction('reduceSum'),
  reduceProd: reduction('reduceProd'),
  reduceMax: reduction('reduceMax'),
  reduceMin: reduction('reduceMin'),
  reduceAnd: reduction('reduceAnd'),
  reduceOr: reduction('reduceOr'),
  argMax: along('argMax', true),
  argMin: along('argMin', true),
  cumSum: along('cumSum', false),
  sort: along('sort', false),
  argSort: along('argSort', false),
}

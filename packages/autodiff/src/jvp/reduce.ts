import {
  add,
  argSort,
  bind1,
  cast,
  concatenate,
  div,
  each,
  equal,
  mul,
  type ReduceParams,
  reshape,
  type Shape,
  sizeOf,
  slice,
  takeAlongAxis,
  transpose,
  type Value,
} from '@ntk/tensor'
import { constant, type JvpRule, type JvpTable } from './rule.js'

/** The shape with 1 in place of the reduced axes. */
export function keptShape(shape: Shape, axes: Shape): number[] {
  return shape.map((d, i) => (axes.includes(i) ? 1 : d))
}

/** d max x = the mean of dx over the places of the maximum. */
const extremum: JvpRule<'reduceMax'> & JvpRule<'reduceMin'> = ([x], [t], { axes }, [y]) => {
  const kept = keptShape(x.shape, axes)
  const places = cast(equal(x, reshape(y, kept)), x.dtype)
  const count = bind1('reduceSum', [places], { axes })
  return [bind1('reduceSum', [mul(t, div(places, reshape(count, kept)))], { axes })]
}

/**
 * d Π x, by halving: the product of pairs and its tangent, p = a b and dp = da b + a db, until one is left.
 * Linear work, and no division, so that zeros are harmless.
 */
const product: JvpRule<'reduceProd'> = ([x], [t], { axes }, [y]) => {
  const rank = x.shape.length
  const kept = Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i))
  let n = sizeOf(axes.map((a) => x.shape[a] as number))
  const line = (v: Value): Value => reshape(transpose(v, [...axes, ...kept]), [n, ...y.shape])
  let [p, dp] = [line(x), line(t)]
  while (n > 1) {
    const half = Math.floor(n / 2)
    const [a, b, da, db] = [
      slice(p, [0, half]),
      slice(p, [half, 2 * half]),
      slice(dp, [0, half]),
      slice(dp, [half, 2 * half]),
    ]
    const [ab, dab] = [mul(a, b), add(mul(da, b), mul(db, a))]
    const odd = n % 2 === 1
    p = odd ? concatenate([ab, slice(p, [2 * half, n])]) : ab
    dp = odd ? concatenate([dab, slice(dp, [2 * half, n])]) : dab
    n = half + Number(odd)
  }
  // an empty product is the constant 1
  return [n === 0 ? null : reshape(dp, y.shape)]
}

export const reductions: JvpTable<keyof ReduceParams> = {
  ...each(['reduceAnd', 'reduceOr', 'argMax', 'argMin', 'argSort'], constant),
  // linear
  reduceSum: (_, [t], params) => [bind1('reduceSum', [t], params)],
  cumSum: (_, [t], params) => [bind1('cumSum', [t], params)],
  reduceProd: product,
  reduceMax: extremum,
  reduceMin: extremum,
  // the tangent in the order of the sorted elements
  sort: ([x], [t], { axis }) => [takeAlongAxis(t, argSort(x, axis), axis)],
}

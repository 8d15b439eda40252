import { bind1, type Params, type ShapeParams, type Value } from '@ntk/tensor'
import { instantiate } from '../core/tangent.js'
import { constant, each, type JvpRule, type JvpTable } from './rule.js'

type Linear = 'reshape' | 'transpose' | 'broadcastTo' | 'slice' | 'reverse'

/** Linear: the same op on the tangent. */
function linear<P extends Linear>(primitive: P): JvpRule<P> {
  return (_, [t], params) => [bind1(primitive, [t as Value], params)]
}

export const shaping: JvpTable<keyof ShapeParams> = {
  ...each(['iota', 'full'], constant),
  reshape: linear('reshape'),
  transpose: linear('transpose'),
  broadcastTo: linear('broadcastTo'),
  slice: linear('slice'),
  reverse: linear('reverse'),
  // affine: what is filled in is constant
  pad: (_, [t], params) => [bind1('pad', [t as Value], { ...params, value: 0 } satisfies Params<'pad'>)],
  concatenate: (x, t, params) => [
    bind1(
      'concatenate',
      x.map((v, i) => instantiate(t[i] ?? null, v)),
      params,
    ),
  ],
  gather: ([, indices], [t], params) => [bind1('gather', [t as Value, indices as Value], params)],
  scatterAdd: ([operand, indices], [to, , tu], params) => {
    if (!tu) return [to as Value]
    return [bind1('scatterAdd', [instantiate(to ?? null, operand as Value), indices as Value, tu], params)]
  },
}

import { bind1, each, type Params, type ShapeParams } from '@ntk/tensor'
import { instantiate } from '../core/tangent.js'
import { constant, type JvpRule, type JvpTable } from './rule.js'

type Linear = 'reshape' | 'transpose' | 'broadcastTo' | 'slice' | 'reverse'

/** Linear: the same op on the tangent. */
function linear<P extends Linear>(primitive: P): JvpRule<P> {
  return (_, [t], params) => [bind1(primitive, [t], params)]
}

export const shaping: JvpTable<keyof ShapeParams> = {
  ...each(['iota', 'full'], constant),
  reshape: linear('reshape'),
  transpose: linear('transpose'),
  broadcastTo: linear('broadcastTo'),
  slice: linear('slice'),
  reverse: linear('reverse'),
  // affine: what is filled in is constant
  pad: (_, [t], params) => [bind1('pad', [t], { ...params, value: 0 } satisfies Params<'pad'>)],
  concatenate: (x, t, params) => [
    bind1(
      'concatenate',
      x.map((v, i) => instantiate(t[i] ?? null, v)),
      params,
    ),
  ],
  gather: ([, indices], [t], params) => [t === null ? null : bind1('gather', [t, indices], params)],
  scatterAdd: ([operand, indices], [to, , tu], params) => {
    if (tu === null) return [to]
    return [bind1('scatterAdd', [instantiate(to, operand), indices, tu], params)]
  },
}

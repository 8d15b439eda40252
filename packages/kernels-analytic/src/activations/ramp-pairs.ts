import {
  abs,
  add,
  div,
  exp,
  greater,
  maximum,
  minimum,
  mul,
  neg,
  sqrt,
  square,
  sub,
  type Value,
  where,
} from '@ntk/tensor'
import { deviation } from '../quadrature/polar.js'
import type { PairCovariances } from './activation.js'
import { angleOf } from './angle.js'
import { densityOf, owen, tailOf } from './owen.js'

/** height · max(side · x − start, 0), with start >= 0: a ramp that leads away from 0. */
export interface Ramp {
  readonly height: number
  readonly start: number
  readonly side: 1 | -1
}

/** A pair with its angle and what goes with it. */
export interface Geometry extends PairCovariances {
  readonly s1: Value
  readonly s2: Value
  readonly angle: Value
  readonly root: Value
}

/** A correlation beyond 1 is one of 1, or else a chaotic network would make the excess grow from layer to layer. */
export function geometryOf({ q, q11, q22 }: PairCovariances): Geometry {
  const product = mul(q11, q22)
  const most = where(greater(product, 0), sqrt(product), abs(q))
  const covariances = { q: maximum(minimum(q, most), neg(most)), q11, q22 }
  return {
    ...covariances,
    ...angleOf(covariances),
    s1: deviation(covariances.q11),
    s2: deviation(covariances.q22),
  }
}

/**
 * q11 − q and the like, 0 where it is of their last digits only: at an angle that is 0 but for roundings it would be divided by nothing.
 */
export function unlessRounding(x: Value, size: Value, root: Value): Value {
  return where(greater(abs(x), mul(size, where(greater(root, 0), 0, 1e-12))), x, 0)
}

/** The chance that both ramps i of u and j of v have begun, and the mean of their product, both of height 1. */
export function together(i: Ramp, j: Ramp, g: Geometry): readonly [chance: Value, mean: Value] {
  const { root, s1, s2 } = g
  const opposite = i.side !== j.side
  const q = opposite ? neg(g.q) : g.q
  if (i.start === 0 && j.start === 0) {
    const angle = opposite ? g.angle : sub(Math.PI, g.angle)
    const chance = mul(angle, 1 / (2 * Math.PI))
    return [chance, add(mul(root, 1 / (2 * Math.PI)), mul(q, chance))]
  }
  // With h = t/√q11, k = s/√q22 and correlation ρ: (k − ρ h)/√(1 − ρ²) without cancellation, and the other way round.
  const away = maximum(root, 1e-150)
  const gap = j.start - i.start
  const y1 = div(unlessRounding(add(mul(sub(g.q11, q), j.start), mul(q, gap)), g.q11, root), mul(s1, away))
  const y2 = div(unlessRounding(sub(mul(sub(g.q22, q), i.start), mul(q, gap)), g.q22, root), mul(s2, away))
  const [h, k] = [div(i.start, s1), div(j.start, s2)]
  const tails = mul(add(tailOf(h), tailOf(k)), 0.5)
  const chance = maximum(sub(sub(tails, owen(h, y1)), owen(k, y2)), 0)
  const [own1, own2] = [where(greater(g.q11, 0), s1, 0), where(greater(g.q22, 0), s2, 0)]
  const edges = add(
    mul(mul(mul(own1, j.start), densityOf(h)), tailOf(y1)),
    mul(mul(mul(own2, i.start), densityOf(k)), tailOf(y2)),
  )
  const corner = mul(mul(root, exp(mul(add(square(h), square(y1)), -0.5))), 1 / (2 * Math.PI))
  return [chance, add(sub(mul(add(q, i.start * j.start), chance), edges), corner)]
}

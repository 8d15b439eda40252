import {
  abs,
  add,
  div,
  erfc,
  exp,
  greater,
  maximum,
  minimum,
  mul,
  neg,
  square,
  sub,
  type Value,
  where,
} from '@ntk/tensor'
import { legendre } from '../quadrature/legendre.js'

/** P(z > x) of z ~ N(0, 1). */
export function tailOf(x: Value): Value {
  return mul(erfc(mul(x, Math.SQRT1_2)), 0.5)
}

/** The density of N(0, 1). */
export function densityOf(x: Value): Value {
  return mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI))
}

const rule = legendre(24)

/** (1/2π) ∫_0^a e^{−h²(1 + x²)/2} / (1 + x²) dx of 0 <= a <= 1, to the last digit. */
function withinOne(h: Value, a: Value): Value {
  const half = mul(square(h), -0.5)
  const terms = rule.at.map((x, i) => {
    const y = add(square(mul(a, x)), 1)
    return mul(div(exp(mul(half, y)), y), (rule.weights[i] as number) / (2 * Math.PI))
  })
  return mul(
    a,
    terms.reduce((s, t) => add(s, t)),
  )
}

/**
 * Owen's T(h, a) of h >= 0 with y = a h in place of a, which may be infinite where h is 0 (Owen 1956, eq. 2.3):
 * T(h, a) + T(ah, 1/a) = (p + r)/2 − p r with the tails p and r of h and ah.
 */
export function owen(h: Value, y: Value): Value {
  const size = abs(y)
  const steep = greater(size, h)
  const [low, high] = [minimum(size, h), maximum(size, h)]
  const positive = greater(high, 0)
  const part = withinOne(where(steep, size, h), div(low, where(positive, high, 1)))
  const [p, r] = [tailOf(h), tailOf(size)]
  const t = where(steep, sub(sub(mul(add(p, r), 0.5), mul(p, r)), part), part)
  return where(greater(0, y), neg(t), t)
}

import {
  abs,
  add,
  bindComposite,
  cast,
  compare,
  cos,
  cosh,
  div,
  type ElementwiseParams,
  each,
  equal,
  exp,
  floor,
  isFloat,
  log,
  logical,
  logistic,
  maximum,
  mul,
  neg,
  pow,
  powerOfTwoNear,
  rsqrt,
  shareOfLargerComposite,
  sign,
  sin,
  sinh,
  square,
  sub,
  type Tuples,
  type Value,
  where,
} from '@ntk/tensor'
import type { SomeOfTwo } from '../core/some.js'
import { scalarLike, wide } from '../core/tangent.js'
import { constant, type JvpTable } from './rule.js'

type Elementwise = keyof ElementwiseParams

/** The rule of a primitive without parameters, of one operand or two. */
type Rule<N extends 1 | 2> = (
  x: Tuples<Value>[N],
  t: N extends 1 ? readonly [Value] : SomeOfTwo<Value>,
  params: unknown,
  y: [Value],
) => [Value]

/** dy = f'(x) dx, where f' may use y = f(x). */
function unary(derivative: (x: Value, y: Value) => Value): Rule<1> {
  return ([x], [t], _, [y]) => [mul(t, derivative(x, y))]
}

type Part = (t: Value, a: Value, b: Value, y: Value) => Value

/** dz = ∂z/∂a da + ∂z/∂b db; each part is given the tangent, and may be narrower than z. */
function binary(da: Part, db: Part): Rule<2> {
  return ([a, b], [ta, tb], _, [y]) => {
    if (ta === null) return [wide(db(tb, a, b, y), y.shape)]
    const left = da(ta, a, b, y)
    return [wide(tb === null ? left : add(left, db(tb, a, b, y)), y.shape)]
  }
}

/** 1 where a is larger, 1/2 at a tie, 0 elsewhere. */
const larger = (a: Value, b: Value): Value => bindComposite(shareOfLargerComposite, [a, b], {})[0]

/** 2 / √π. */
const twoOverSqrtPi = 2 / Math.sqrt(Math.PI)
/** c σ(x) σ(−x), accurate in both tails, as are its own derivatives. */
const bell = (x: Value, c: number): Value => mul(mul(logistic(x), c), logistic(neg(x)))
const oneMinusSquare = (x: Value): Value => mul(sub(1, x), add(x, 1))

const smooth = {
  // d √x = dx / (2 √x)
  sqrt: unary((_, y) => div(0.5, y)),
  // d x^(−1/2) = −dx x^(−1/2) / (2 x)
  rsqrt: unary((x, y) => div(mul(y, -0.5), x)),
  // d eˣ = eˣ dx
  exp: unary((_, y) => y),
  // d (eˣ − 1) = eˣ dx
  expm1: unary((x) => exp(x)),
  // d log x = dx / x
  log: unary((x) => div(1, x)),
  // d log(1 + x) = dx / (1 + x)
  log1p: unary((x) => div(1, add(x, 1))),
  // d sin x = cos x dx
  sin: unary((x) => cos(x)),
  // d cos x = −sin x dx
  cos: unary((x) => neg(sin(x))),
  // d tan x = (1 + tan² x) dx
  tan: unary((_, y) => add(square(y), 1)),
  // d asin x = dx / √(1 − x²)
  asin: unary((x) => rsqrt(oneMinusSquare(x))),
  // d acos x = −dx / √(1 − x²)
  acos: unary((x) => neg(rsqrt(oneMinusSquare(x)))),
  // d atan x = dx / (1 + x²)
  atan: unary((x) => div(1, add(square(x), 1))),
  // d sinh x = cosh x dx
  sinh: unary((x) => cosh(x)),
  // d cosh x = sinh x dx
  cosh: unary((x) => sinh(x)),
  // d tanh x = 4 σ(2x) σ(−2x) dx: 1 − tanh² x would round to 0 where tanh x rounds to 1
  tanh: unary((x) => bell(mul(x, 2), 4)),
  // d asinh x = dx / √(x² + 1) = s dx / √(s² + (s x)²), s a power of two that keeps x² in range
  asinh: unary((x) => {
    const s = div(1, powerOfTwoNear(add(abs(x), 1)))
    return mul(s, rsqrt(add(square(s), square(mul(s, x)))))
  }),
  // d acosh x = dx / √(x² − 1), in factors that stay in range
  acosh: unary((x) => mul(rsqrt(sub(x, 1)), rsqrt(add(x, 1)))),
  // d atanh x = dx / (1 − x²)
  atanh: unary((x) => div(1, oneMinusSquare(x))),
  // d erf x = 2/√π e^(−x²) dx
  erf: unary((x) => mul(exp(neg(square(x))), twoOverSqrtPi)),
  // d erfc x = −2/√π e^(−x²) dx
  erfc: unary((x) => mul(exp(neg(square(x))), -twoOverSqrtPi)),
  // d erf⁻¹ x = √π/2 e^(y²) dx
  erfInv: unary((_, y) => mul(exp(square(y)), 1 / twoOverSqrtPi)),
  // d σ(x) = σ(x) σ(−x) dx: 1 − σ(x) would round to 0 where σ(x) rounds to 1
  logistic: unary((x, y) => mul(y, logistic(neg(x)))),
  // d |x| = sign(x) dx, so 0 at 0
  abs: unary((x) => sign(x)),
} satisfies Partial<JvpTable<Elementwise>>

/** The multiplier of b nearest below a in size: a rem b = a − trunc(a / b) b. */
function quotient(a: Value, b: Value): Value {
  const q = div(a, b)
  return mul(sign(q), floor(abs(q)))
}

/** c / (a² + b²), with both brought near 1 by a power of two first. */
function overSquares(c: Value, a: Value, b: Value): Value {
  const s = powerOfTwoNear(maximum(abs(a), abs(b)))
  return div(div(div(c, s), add(square(div(a, s)), square(div(b, s)))), s)
}

export const elementwise: JvpTable<Elementwise> = {
  ...smooth,
  ...each(['floor', 'ceil', 'round', 'sign', 'not', 'isFinite', ...compare, ...logical], constant),
  neg: (_, [t]) => [neg(t)],
  add: binary(
    (t) => t,
    (t) => t,
  ),
  sub: (_, [ta, tb], _params, [y]) => {
    const t = ta === null ? neg(tb) : tb === null ? ta : sub(ta, tb)
    return [wide(t, y.shape)]
  },
  mul: ([a, b], [ta, tb], _, [y]) => {
    // d(a b) = da b + a db
    if (ta === null) return [wide(mul(tb, a), y.shape)]
    // d x² = 2 x dx, in one product
    if (a === b && ta === tb) return [mul(ta, add(a, a))]
    return [wide(tb === null ? mul(ta, b) : add(mul(ta, b), mul(tb, a)), y.shape)]
  },
  // d(a / b) = da / b − (a / b) db / b
  div: binary(
    (t, _a, b) => div(t, b),
    (t, _a, b, y) => mul(t, neg(div(y, b))),
  ),
  // d(a rem b) = da − trunc(a / b) db
  rem: binary(
    (t) => t,
    (t, a, b) => mul(t, neg(quotient(a, b))),
  ),
  // d max(a, b): the tangent of the larger; the mean of both at a tie
  max: binary(
    (t, a, b) => mul(t, larger(a, b)),
    (t, a, b) => mul(t, larger(b, a)),
  ),
  min: binary(
    (t, a, b) => mul(t, larger(b, a)),
    (t, a, b) => mul(t, larger(a, b)),
  ),
  // d aᵇ = b aᵇ⁻¹ da + log(a) aᵇ db; the exponent 0 gives 0 also where a is 0, and so does log at a = 0
  pow: binary(
    (t, a, b) => {
      const flat = equal(b, 0)
      return mul(t, where(flat, scalarLike(a, 0), mul(b, pow(a, where(flat, scalarLike(b, 1), sub(b, 1))))))
    },
    (t, a, _b, y) => mul(t, mul(log(where(equal(a, 0), scalarLike(a, 1), a)), y)),
  ),
  // d atan2(a, b) = (b da − a db) / (a² + b²)
  atan2: binary(
    (t, a, b) => mul(t, overSquares(b, a, b)),
    (t, a, b) => mul(t, neg(overSquares(a, a, b))),
  ),
  // d select(c, a, b) = select(c, da, db)
  select: ([c, a, b], [, ta, tb], _, [y]) => {
    const t = where(c, ta ?? scalarLike(a, 0), tb ?? scalarLike(b, 0))
    return [wide(t, y.shape)]
  },
  // linear between floats, else constant
  cast: (_, [t], { dtype }) => [isFloat(dtype) ? cast(t, dtype) : null],
}

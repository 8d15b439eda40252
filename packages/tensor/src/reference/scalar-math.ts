/** Special functions in plain double arithmetic: slow, careful, independent of the fast kernels. */

/** The nearest integer, ties to even. */
export function roundHalfEven(x: number): number {
  const r = Math.round(x)
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r
}

const twoOverSqrtPi = 2 / Math.sqrt(Math.PI)

/** erf by its Maclaurin series with positive terms: 2/√π e^{−x²} Σ 2ⁿ x^{2n+1}/(2n+1)!!, for |x| < 3. */
function erfSeries(x: number): number {
  let term = x
  let total = x
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    total += term
  }
  return twoOverSqrtPi * Math.exp(-x * x) * total
}

/** erfc by its continued fraction (Lentz), for x ≥ 0.5: e^{−x²}/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))). */
function erfcFraction(x: number): number {
  let tail = 0
  // the fraction is off by e^{−2x√(2k)} after k terms
  for (let k = x < 2 ? 1000 : 120; k > 0; k--) tail = k / 2 / (x + tail)
  // e^{−x²} with x split in two keeps the relative error of the exponent small
  const high = Math.fround(x)
  const square = Math.exp(-high * high) * Math.exp(-(x - high) * (x + high))
  return square / Math.sqrt(Math.PI) / (x + tail)
}

export function erf(x: number): number {
  if (Number.isNaN(x)) return x
  const a = Math.abs(x)
  if (a > 6) return Math.sign(x)
  if (a === 0) return x
  return a < 2 ? erfSeries(x) : Math.sign(x) * (1 - erfcFraction(a))
}

export function erfc(x: number): number {
  if (Number.isNaN(x)) return x
  if (x >= 0.5) return x > 28 ? 0 : erfcFraction(x)
  return 1 - erf(x)
}

/** The inverse of erf: a starting guess (Winitzki 2008) and Halley steps on erf(y) = x, in the tail on erfc. */
export function erfInv(x: number): number {
  if (!(Math.abs(x) <= 1)) return Number.NaN
  if (Math.abs(x) === 1) return x * Number.POSITIVE_INFINITY
  if (x === 0) return x
  const a = Math.abs(x)
  const l = Math.log1p(-a * a)
  const h = 2 / (Math.PI * 0.147) + l / 2
  let y = Math.sqrt(Math.sqrt(h * h - l / 0.147) - h)
  for (let i = 0; i < 4; i++) {
    const error = a < 0.5 ? erf(y) - a : 1 - a - erfc(y)
    const step = error / (twoOverSqrtPi * Math.exp(-y * y))
    y -= step / (1 + y * step)
  }
  return Math.sign(x) * y
}

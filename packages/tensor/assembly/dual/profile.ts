import { add, div, lit, mad, magnitude, mul, ONE, splat, sub, TWO } from '../math/simd'
import { LEAST } from './angle'
import { gap } from './gap'

/** Bytes of a panel: nine coefficients of κ and of τ, side by side, from the highest power down. */
const PANEL: usize = 144

/** κ and τ of one pair: the polynomial of its panel at x in [-1, 1]. */
@inline
function polynomials(at: usize, x: v128): v128 {
  let sum = v128.load(at)
  sum = mad(sum, x, v128.load(at, 16))
  sum = mad(sum, x, v128.load(at, 32))
  sum = mad(sum, x, v128.load(at, 48))
  sum = mad(sum, x, v128.load(at, 64))
  sum = mad(sum, x, v128.load(at, 80))
  sum = mad(sum, x, v128.load(at, 96))
  sum = mad(sum, x, v128.load(at, 112))
  return mad(sum, x, v128.load(at, 128))
}

/**
 * A run of layers that is a function of the correlation c = q / sqrt(q11 q22) alone, by piecewise polynomials in y = sqrt(1 - |c|):
 * nngp = gain p κ, ntk = gain p τ, p = sqrt(q11 q22). `table` holds `panels` equal panels of y in [0, 1] for c >= 0, then as many for
 * c < 0. 1 - |c| = (q11 q22 - q^2) / (p (p + |q|)) is exactly 0 for equal inputs, which get their variance to the bit. v22 are the
 * variances after, `gain` times those before.
 */
export function profilePairs(
  table: usize,
  panels: i32,
  nngp: usize,
  ntk: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  v22: usize,
  n: i32,
  gain: f64,
): void {
  const end = nngp + ((<usize>n) << 3)
  const v1 = splat(q11)
  const root1 = splat(r11)
  const rise = splat(gain)
  const count = splat(<f64>panels)
  const last = splat(<f64>(panels - 1))
  const behind = panels
  const none = splat(0)
  for (; nngp < end; nngp += 16) {
    const q = v128.load(nngp)
    const size = magnitude(q)
    const v2 = v128.load(q22)
    const p = mul(root1, v128.load(r22))
    const apart = gap(size, v1, v2)
    const place = mul(f64x2.sqrt(div(apart, mad(p, add(p, size), lit(LEAST)))), count)
    const panel = f64x2.pmin(f64x2.floor(place), last)
    const x = sub(mul(lit(TWO), sub(place, panel)), lit(ONE))
    const index = i32x4.trunc_sat_f64x2_s_zero(panel)
    const left = f64x2.lt(q, none)
    const first = i32x4.extract_lane(index, 0) + (i64x2.extract_lane(left, 0) ? behind : 0)
    const second = i32x4.extract_lane(index, 1) + (i64x2.extract_lane(left, 1) ? behind : 0)
    const a = polynomials(table + <usize>first * PANEL, v128.shuffle<f64>(x, x, 0, 0))
    const b = polynomials(table + <usize>second * PANEL, v128.shuffle<f64>(x, x, 1, 1))
    const scale = mul(rise, p)
    const same = v128.andnot(v128.and(f64x2.eq(apart, none), f64x2.eq(v1, v2)), left)
    v128.store(nngp, v128.bitselect(v128.load(v22), mul(scale, v128.shuffle<f64>(a, b, 0, 2)), same))
    if (ntk) {
      v128.store(ntk, mul(scale, v128.shuffle<f64>(a, b, 1, 3)))
      ntk += 16
    }
    q22 += 16
    r22 += 16
    v22 += 16
  }
}

/** The variances after, and the roots of those before. */
export function profileVariances(src: usize, roots: usize, dst: usize, n: i32, gain: f64): void {
  const end = src + ((<usize>n) << 3)
  const rise = splat(gain)
  for (; src < end; src += 16) {
    const q = v128.load(src)
    v128.store(roots, f64x2.sqrt(q))
    v128.store(dst, mul(rise, q))
    roots += 16
    dst += 16
  }
}

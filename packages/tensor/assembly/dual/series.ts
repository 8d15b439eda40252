import { add, mad, magnitude, mul, splat } from '../math/simd'

/**
 * Duals by Mehler's series (Mehler 1866; Daniely, Frostig and Singer 2016): with c = q / sqrt(q11 q22) and Hermite coefficients a_k
 * of φ at the variance of either input,
 *   T = a_0 b_0 + q P(c),  Ṫ = d(c P)/dc,  P(c) = Σ_{k>0} a_k b_k c^{k-1}, each coefficient over the root of its variance.
 *
 * A function that is odd but for a constant has powers of z = c² alone in P; one that is even but for a line has P = a_1 b_1 + c Q(z).
 * The table of a function holds polynomials in the variance; src/cpu/wasm/dual/series.ts writes it, with what is named below.
 */

/** The head of a table: how many pieces and powers, the parity, how many counts; then the counts, then the pieces. */
const HEAD: usize = 32
/**
 * A piece: its end, middle, 1 / half, number of terms, addresses of its coefficients and of its reaches (one a count), and its end again
 * where it begins at 0.
 */
const PIECE: usize = 64

const ALL: i32 = 0
const EVEN: i32 = 2

/**
 * Numbers of eight samples stand in lines of 64 bytes: 1 / sqrt(variance), a_0, a_1 of an even function, the variances, how many counts there
 * are terms for (one int32), the reaches of the first `counts` counts, and `lines` terms; the last of these counts is `lines`.
 * Terms are made when a pair first needs them: a few are enough but for inputs that are nearly alike.
 */
const VARIANCE: usize = 192
const READY: usize = 256
const REACHES: usize = 320

@inline
function firstTerm(counts: i32): usize {
  return REACHES + (<usize>counts << 6)
}

@inline
export function groupBytes(counts: i32, lines: i32): usize {
  return REACHES + (<usize>(counts + lines) << 6)
}

/** The lines of sample i; what follows in the same group is 8 bytes on. */
@inline
export function linesOf(block: usize, i: i32, counts: i32, lines: i32): usize {
  return block + <usize>(i >> 3) * groupBytes(counts, lines) + (<usize>(i & 7) << 3)
}

/** A variance below has no reciprocal root whose square is in range: it counts as 0, and its correlations too. */
const LEAST: f64 = 1e-300

/** The piece of a table that a variance falls into. */
function pieceOf(table: usize, v: f64): usize {
  let piece = table + HEAD + (<usize>load<f64>(table, 24) << 3)
  const last = piece + <usize>(<i32>load<f64>(table) - 1) * PIECE
  while (piece < last && v > load<f64>(piece)) piece += PIECE
  return piece
}

/** Two coefficients from number k on, at x. */
@inline
function twoOf(table: usize, piece: usize, k: i32, x: v128): v128 {
  const powers = <i32>load<f64>(table, 8)
  const bytes = <usize>((<i32>load<f64>(piece, 24) + 3) & ~1) << 3
  let source = <usize>load<f64>(piece, 32) + <usize>(powers - 1) * bytes + (<usize>k << 3)
  let sum = v128.load(source)
  for (let j = powers - 1; j > 0; j--) {
    source -= bytes
    sum = mad(sum, x, v128.load(source))
  }
  return sum
}

@inline
function moved(piece: usize, v: f64): v128 {
  return splat((v - load<f64>(piece, 8)) * load<f64>(piece, 16))
}

/** The numbers of one sample but for its terms. */
function begin(table: usize, v: f64, at: usize, counts: i32): void {
  const piece = pieceOf(table, v)
  const reaches = <usize>load<f64>(piece, 40)
  const means = twoOf(table, piece, 0, moved(piece, v))
  store<f64>(at, v < LEAST ? 0 : 1 / sqrt(v))
  store<f64>(at, f64x2.extract_lane(means, 0), 64)
  store<f64>(at, f64x2.extract_lane(means, 1), 128)
  store<f64>(at, v, VARIANCE)
  for (let s = 0; s < counts; s++)
    store<f64>(at + REACHES + (<usize>s << 6), load<f64>(reaches + (<usize>s << 3)))
}

/** Terms from the even number `from` on to before `to`; those beyond a sample's own are 0. */
function fill(table: usize, at: usize, counts: i32, from: i32, to: i32): void {
  const v = load<f64>(at, VARIANCE)
  const piece = pieceOf(table, v)
  const x = moved(piece, v)
  const own = <i32>load<f64>(piece, 24)
  const terms = max(from, min(own, to))
  const first = at + firstTerm(counts)
  // Towards 0 a term falls as a power of the deviation.
  const end = load<f64>(piece, 48)
  const parity = <i32>load<f64>(table, 16)
  const part = end == 0 ? 1 : sqrt(v / end)
  const step = parity == ALL ? part : part * part
  let factor: f64 = parity == EVEN ? part : 1
  if (end != 0) for (let k = 0; k < from; k++) factor *= step
  for (let k = from; k < terms; k += 2) {
    const both = twoOf(table, piece, k + 2, x)
    const term = first + (<usize>k << 6)
    store<f64>(term, f64x2.extract_lane(both, 0) * factor)
    factor *= step
    if (k + 1 < terms) store<f64>(term, f64x2.extract_lane(both, 1) * factor, 64)
    factor *= step
  }
  for (let k = terms; k < to; k++) store<f64>(first + (<usize>k << 6), 0)
}

/** Threads that fill the same group at a time write the same numbers, and say so after them. */
function fillGroup(table: usize, group: usize, ready: i32, wanted: i32, counts: i32): void {
  const ends = table + HEAD - 8
  const from = ready == 0 ? 0 : <i32>load<f64>(ends + (<usize>ready << 3)) & ~1
  const to = <i32>load<f64>(ends + (<usize>wanted << 3))
  for (let i: usize = 0; i < 64; i += 8) fill(table, group + i, counts, from, to)
  atomic.store<i32>(group + READY, wanted)
}

/** Sees to it that a group of lines has terms for the first `wanted` counts. */
@inline
function ensure(table: usize, lines: usize, wanted: i32, counts: i32): void {
  const group = lines & ~63
  const ready = atomic.load<i32>(group + READY)
  if (ready < wanted) fillGroup(table, group, ready, wanted, counts)
}

@inline
function lane(address: usize, spread: bool): v128 {
  return spread ? v128.load64_splat(address) : v128.load(address)
}

/** c = q / sqrt(q11 q22) within [-1, 1]. */
@inline
function correlation(q: v128, own: v128, other: v128): v128 {
  return f64x2.pmin(f64x2.pmax(mul(q, mul(own, other)), splat(-1)), splat(1))
}

@inline
function combined(p: v128, d: v128, z: v128, c: v128, line: v128, parity: i32): v128 {
  if (parity == ALL) return add(p, mul(z, d))
  const twice = mul(splat(2), mul(z, d))
  return parity == EVEN ? add(line, mul(mul(splat(2), c), add(p, mul(z, d)))) : add(p, twice)
}

/**
 * Up to four vectors of pairs: K = w T + b from the covariances at `src` to `dst`, and at `ntk` Θ Ṫ w, with `affine` plus K. The second
 * inputs have the lines at `other`, the first those at `own`: one sample for all where it is spread.
 *
 * Terms go in segments, from the last that one of the pairs needs; a pair that does not need a segment is cleared at its end, so
 * that its numbers do not depend on those beside it. As many terms are enough as |c| is at most the product of both reaches.
 */
@inline
function eight(
  table: usize,
  src: usize,
  dst: usize,
  ntk: usize,
  vectors: i32,
  own: usize,
  other: usize,
  counts: i32,
  lines: i32,
  spread: bool,
  withNtk: bool,
  affine: bool,
  w: f64,
  b: f64,
): void {
  const parity = <i32>load<f64>(table, 16)
  const first = firstTerm(counts)
  const none = splat(0)
  const q0 = v128.load(src)
  const q1 = vectors > 1 ? v128.load(src, 16) : none
  const q2 = vectors > 2 ? v128.load(src, 32) : none
  const q3 = vectors > 3 ? v128.load(src, 48) : none
  const o1: usize = spread ? 0 : 16
  const o2: usize = spread ? 0 : 32
  const o3: usize = spread ? 0 : 48
  const c0 = correlation(q0, lane(own, spread), v128.load(other))
  const c1 = correlation(q1, lane(own + o1, spread), v128.load(other, 16))
  const c2 = correlation(q2, lane(own + o2, spread), v128.load(other, 32))
  const c3 = correlation(q3, lane(own + o3, spread), v128.load(other, 48))
  const y0 = magnitude(c0)
  const y1 = magnitude(c1)
  const y2 = magnitude(c2)
  const y3 = magnitude(c3)
  let segment = 0
  let reach = own + REACHES
  let reach2 = other + REACHES
  for (; segment < counts - 1; segment++) {
    const r = lane(reach, spread)
    const beyond0 = f64x2.gt(y0, mul(r, v128.load(reach2)))
    const beyond1 = f64x2.gt(y1, mul(spread ? r : lane(reach + o1, false), v128.load(reach2, 16)))
    const beyond2 = f64x2.gt(y2, mul(spread ? r : lane(reach + o2, false), v128.load(reach2, 32)))
    const beyond3 = f64x2.gt(y3, mul(spread ? r : lane(reach + o3, false), v128.load(reach2, 48)))
    if (!v128.any_true(v128.or(v128.or(beyond0, beyond1), v128.or(beyond2, beyond3)))) break
    reach += 64
    reach2 += 64
  }
  ensure(table, own, segment + 1, counts)
  ensure(table, other, segment + 1, counts)
  let count = table + HEAD + (<usize>segment << 3)
  let k = <i32>load<f64>(count)

  const z0 = parity == ALL ? c0 : mul(c0, c0)
  const z1 = parity == ALL ? c1 : mul(c1, c1)
  const z2 = parity == ALL ? c2 : mul(c2, c2)
  const z3 = parity == ALL ? c3 : mul(c3, c3)
  let p0 = none
  let p1 = none
  let p2 = none
  let p3 = none
  let d0 = none
  let d1 = none
  let d2 = none
  let d3 = none
  for (;;) {
    const down = segment > 0 ? <i32>load<f64>(count - 8) : 0
    let at = own + first + (<usize>k << 6)
    let beside = other + first + (<usize>k << 6)
    for (; k > down; k--) {
      at -= 64
      beside -= 64
      const a = lane(at, spread)
      if (withNtk) {
        d0 = mad(d0, z0, p0)
        d1 = mad(d1, z1, p1)
        d2 = mad(d2, z2, p2)
        d3 = mad(d3, z3, p3)
      }
      p0 = mad(p0, z0, mul(a, v128.load(beside)))
      p1 = mad(p1, z1, mul(spread ? a : lane(at + o1, false), v128.load(beside, 16)))
      p2 = mad(p2, z2, mul(spread ? a : lane(at + o2, false), v128.load(beside, 32)))
      p3 = mad(p3, z3, mul(spread ? a : lane(at + o3, false), v128.load(beside, 48)))
    }
    if (segment == 0) break
    segment--
    count -= 8
    reach -= 64
    reach2 -= 64
    const r = lane(reach, spread)
    const m0 = f64x2.gt(y0, mul(r, v128.load(reach2)))
    const m1 = f64x2.gt(y1, mul(spread ? r : lane(reach + o1, false), v128.load(reach2, 16)))
    const m2 = f64x2.gt(y2, mul(spread ? r : lane(reach + o2, false), v128.load(reach2, 32)))
    const m3 = f64x2.gt(y3, mul(spread ? r : lane(reach + o3, false), v128.load(reach2, 48)))
    p0 = v128.and(p0, m0)
    p1 = v128.and(p1, m1)
    p2 = v128.and(p2, m2)
    p3 = v128.and(p3, m3)
    if (withNtk) {
      d0 = v128.and(d0, m0)
      d1 = v128.and(d1, m1)
      d2 = v128.and(d2, m2)
      d3 = v128.and(d3, m3)
    }
  }

  const line0 = parity == EVEN ? mul(lane(own + 128, spread), v128.load(other, 128)) : none
  const line1 = parity == EVEN ? mul(lane(own + 128 + o1, spread), v128.load(other, 144)) : none
  const line2 = parity == EVEN ? mul(lane(own + 128 + o2, spread), v128.load(other, 160)) : none
  const line3 = parity == EVEN ? mul(lane(own + 128 + o3, spread), v128.load(other, 176)) : none
  const mean0 = mul(lane(own + 64, spread), v128.load(other, 64))
  const mean1 = mul(lane(own + 64 + o1, spread), v128.load(other, 80))
  const mean2 = mul(lane(own + 64 + o2, spread), v128.load(other, 96))
  const mean3 = mul(lane(own + 64 + o3, spread), v128.load(other, 112))
  const even = parity == EVEN
  const weight = splat(w)
  const bias = splat(b)
  const k0 = mad(weight, mad(q0, even ? add(line0, mul(c0, p0)) : p0, mean0), bias)
  const k1 = mad(weight, mad(q1, even ? add(line1, mul(c1, p1)) : p1, mean1), bias)
  const k2 = mad(weight, mad(q2, even ? add(line2, mul(c2, p2)) : p2, mean2), bias)
  const k3 = mad(weight, mad(q3, even ? add(line3, mul(c3, p3)) : p3, mean3), bias)
  v128.store(dst, k0)
  if (vectors > 1) v128.store(dst, k1, 16)
  if (vectors > 2) v128.store(dst, k2, 32)
  if (vectors > 3) v128.store(dst, k3, 48)
  if (!withNtk) return
  const s0 = mul(mul(v128.load(ntk), weight), combined(p0, d0, z0, c0, line0, parity))
  v128.store(ntk, affine ? add(k0, s0) : s0)
  if (vectors > 1) {
    const s1 = mul(mul(v128.load(ntk, 16), weight), combined(p1, d1, z1, c1, line1, parity))
    v128.store(ntk, affine ? add(k1, s1) : s1, 16)
  }
  if (vectors > 2) {
    const s2 = mul(mul(v128.load(ntk, 32), weight), combined(p2, d2, z2, c2, line2, parity))
    v128.store(ntk, affine ? add(k2, s2) : s2, 32)
  }
  if (vectors > 3) {
    const s3 = mul(mul(v128.load(ntk, 48), weight), combined(p3, d3, z3, c3, line3, parity))
    v128.store(ntk, affine ? add(k3, s3) : s3, 48)
  }
}

/** One row of pairs, in place: `own` are the lines of its sample, `others` those of the first column. n is a multiple of 4. */
export function seriesPairs(
  table: usize,
  nngp: usize,
  ntk: usize,
  own: usize,
  others: usize,
  n: i32,
  counts: i32,
  lines: i32,
  affine: bool,
  w: f64,
  b: f64,
): void {
  for (let i = 0; i < n; i += 8) {
    const vectors = min(n - i, 8) >> 1
    if (ntk) {
      eight(table, nngp, nngp, ntk, vectors, own, others, counts, lines, true, true, affine, w, b)
      ntk += 64
    } else eight(table, nngp, nngp, 0, vectors, own, others, counts, lines, true, false, false, w, b)
    nngp += 64
    others += groupBytes(counts, lines)
  }
}

/**
 * The lines of all samples, and unless they are `known` their variances after the step and its affine layer, by the operations of a pair.
 * n is even.
 */
export function seriesVariances(
  table: usize,
  src: usize,
  dst: usize,
  n: i32,
  block: usize,
  counts: i32,
  lines: i32,
  known: bool,
  w: f64,
  b: f64,
): void {
  const bytes = groupBytes(counts, lines)
  for (let i = 0; i < n; i += 8) {
    const count = min(n - i, 8)
    memory.fill(block, 0, firstTerm(counts))
    for (let j = 0; j < count; j++) begin(table, load<f64>(src + (<usize>j << 3)), block + (<usize>j << 3), counts)
    if (!known) eight(table, src, dst, 0, count >> 1, block, block, counts, lines, false, false, false, w, b)
    src += 64
    dst += 64
    block += bytes
  }
}

/** The lines of single samples side by side. */
function gather(table: usize, block: usize, indices: usize, counts: i32, lines: i32, to: usize): void {
  for (let i = 0; i < 8; i++) {
    let from = linesOf(block, load<i32>(indices + (<usize>i << 2)), counts, lines)
    ensure(table, from, counts, counts)
    let at = to + (<usize>i << 3)
    const end = at + groupBytes(counts, lines)
    for (; at < end; at += 64) {
      store<f64>(at, load<f64>(from))
      from += 64
    }
  }
  atomic.store<i32>(to + READY, counts)
}

/**
 * Pairs in any order, in place: pair i is of the samples `first[i]` and `second[i]` (int32) in blocks of lines. n is a multiple of 8;
 * `scratch` has room for two groups of lines.
 */
export function seriesList(
  table: usize,
  nngp: usize,
  ntk: usize,
  n: i32,
  block1: usize,
  first: usize,
  block2: usize,
  second: usize,
  counts: i32,
  lines: i32,
  scratch: usize,
): void {
  const beside = scratch + groupBytes(counts, lines)
  for (let i = 0; i < n; i += 8) {
    gather(table, block1, first, counts, lines, scratch)
    gather(table, block2, second, counts, lines, beside)
    if (ntk) {
      eight(table, nngp, nngp, ntk, 4, scratch, beside, counts, lines, false, true, false, 1, 0)
      ntk += 64
    } else eight(table, nngp, nngp, 0, 4, scratch, beside, counts, lines, false, false, false, 1, 0)
    nngp += 64
    first += 32
    second += 32
  }
}

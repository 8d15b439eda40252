import { mad, splat } from '../math/simd'
import { abReluLengths, abReluVariances } from './abrelu'
import { abReluLast, abReluOnward, abReluStop, affineDeficits } from './abrelu-carried'
import { LIST } from './abrelu-angle'
import { erfPairs, erfVariances } from './erf'
import { profilePairs, profileVariances } from './profile'
import { linesOf, seriesPairs, seriesVariances } from './series'

/**
 * A step is eight float64: its kind, then its parameters. The numbers are shared with src/cpu/wasm/dual/steps.ts. Those of a series are
 * the address of its table, of the lines of the first inputs and of the variances that these are of, the same of the second
 * inputs, and the numbers of counts and of lines.
 */
const AFFINE: i32 = 0
const ABRELU: i32 = 1
const ERF: i32 = 2
const PROFILE: i32 = 3
const SERIES: i32 = 4
/** Where K and Θ are given too, and go on. */
const STOP: i32 = 5
const STEP: usize = 64

/**
 * Columns that go through all steps at a time: nngp, ntk and the variances of every step stay near the core.
 */
const CHUNK: i32 = 256

function affinePairs(nngp: usize, ntk: usize, n: i32, w: f64, b: f64): void {
  const end = nngp + ((<usize>n) << 3)
  const weight = splat(w)
  const bias = splat(b)
  for (; nngp < end; nngp += 16) {
    const x = mad(weight, v128.load(nngp), bias)
    v128.store(nngp, x)
    if (ntk) {
      v128.store(ntk, mad(weight, v128.load(ntk), x))
      ntk += 16
    }
  }
}

function affineVariances(src: usize, dst: usize, n: i32, w: f64, b: f64): void {
  const end = src + ((<usize>n) << 3)
  const weight = splat(w)
  const bias = splat(b)
  for (; src < end; src += 16) {
    v128.store(dst, mad(weight, v128.load(src), bias))
    dst += 16
  }
}

/** Whether the affine layer after an activation is done along with it. */
@inline
function isFused(step: usize, end: usize): bool {
  const next = step + STEP
  const kind = <i32>load<f64>(step)
  return kind != AFFINE && kind != PROFILE && kind != STOP && next < end && <i32>load<f64>(next) == AFFINE
}

/** Whether no K after these steps is negative: ReLU, as its last parameter says, and no negative numbers in the affine layer. */
@inline
function isPositive(step: usize, fused: bool, w: f64, c: f64): bool {
  const isRelu = load<f64>(step, 24) == load<f64>(step, 8)
  return <i32>load<f64>(step) == ABRELU && fused && isRelu && w >= 0 && c >= 0
}

/** Whether a step's deficits go to the next activation, over stops and layers: only the angle of `ABRELU` needs them. */
function isCarried(step: usize, end: usize, fused: bool, w: f64, c: f64): bool {
  if (<i32>load<f64>(step) != ABRELU || !(w >= 0 && c >= 0)) return false
  for (let next = step + (fused ? 2 : 1) * STEP; next < end; next += STEP) {
    const kind = <i32>load<f64>(next)
    if (kind == ABRELU) return true
    if (kind != STOP && (kind != AFFINE || load<f64>(next, 8) < 0 || load<f64>(next, 16) < 0)) return false
  }
  return false
}

/** Whether an affine layer is done along with the step after it: where that makes deficits and nothing was before. */
@inline
function isLead(step: usize, end: usize): bool {
  const next = step + STEP
  if (<i32>load<f64>(step) != AFFINE || next >= end || <i32>load<f64>(next) != ABRELU) return false
  return isFused(next, end) && isCarried(next, end, true, load<f64>(next, STEP + 8), load<f64>(next, STEP + 16))
}

/**
 * A table of two rows a step, `stride` bytes apart: row 2 s holds the n variances before step s (row 0 is
 * given), row 2 s + 1 the roots that the step's pairs need. The rows of an affine layer that is done with the activation before it hold
 * what the steps after need of lengths, or nothing. Where all are `known`, those after a series are not made again.
 */
export function dualVariances(step: usize, count: i32, v: usize, n: i32, stride: usize, known: bool): void {
  const end = step + <usize>count * STEP
  let positive = false
  while (step < end) {
    const kind = <i32>load<f64>(step)
    const p = load<f64>(step, 8)
    const q = load<f64>(step, 16)
    const fused = isFused(step, end)
    const w = fused ? load<f64>(step, STEP + 8) : 1
    const c = fused ? load<f64>(step, STEP + 16) : 0
    const done: usize = fused ? 2 : 1
    const next = v + 2 * done * stride
    const to = isCarried(step, end, fused, w, c)
    if (kind == AFFINE) affineVariances(v, next, n, p, q)
    else if (kind == ABRELU) {
      abReluVariances(v, v + stride, next, n, p, positive, w, c)
      if (to && fused && c > 0) abReluLengths(v, v + 2 * stride, v + 3 * stride, n, p, w, c)
    }
    else if (kind == ERF) erfVariances(v, v + stride, next, n, p, q, load<f64>(step, 24), w, c)
    else if (kind == STOP) memory.copy(next, v, (<usize>n) << 3)
    else if (kind == PROFILE) profileVariances(v, v + stride, next, n, load<f64>(step, 24))
    else if (kind == SERIES) {
      const first = <usize>load<f64>(step, 24) == v
      const block = <usize>(first ? load<f64>(step, 16) : load<f64>(step, 32))
      const lines = <i32>load<f64>(step, 56)
      seriesVariances(<usize>p, v, next, n, block, <i32>load<f64>(step, 48), lines, known, w, c)
    }
    if (kind != STOP) positive = isPositive(step, fused, w, c)
    step += done * STEP
    v = next
  }
}

/**
 * One row's chunk through all steps; v1 and v2 point at its row's and first column's entries of the tables, `deficits` at room for
 * the lists of a chunk. At stops K and Θ go to `out`, and there to `apart` bytes further each.
 */
function dualRow(
  step: usize,
  count: i32,
  nngp: usize,
  ntk: usize,
  n: i32,
  v1: usize,
  stride1: usize,
  v2: usize,
  stride2: usize,
  fresh: bool,
  deficits: usize,
  out: usize,
  apart: usize,
): void {
  const end = step + <usize>count * STEP
  const leads = (fresh || !ntk) && isLead(step, end)
  if (fresh && ntk && !leads) memory.fill(ntk, 0, (<usize>n) << 3)
  let w0: f64 = 1
  let b0: f64 = 0
  if (leads) {
    w0 = load<f64>(step, 8)
    b0 = load<f64>(step, 16)
    step += STEP
    v1 += 2 * stride1
    v2 += 2 * stride2
  }
  let first = leads
  let positive = false
  let from = false
  while (step < end) {
    const kind = <i32>load<f64>(step)
    const p = load<f64>(step, 8)
    const q = load<f64>(step, 16)
    const r = load<f64>(step, 24)
    const fused = isFused(step, end)
    const w = fused ? load<f64>(step, STEP + 8) : 1
    const c = fused ? load<f64>(step, STEP + 16) : 0
    const q11 = load<f64>(v1)
    const r11 = load<f64>(v1 + stride1)
    const q22 = v2
    const r22 = v2 + stride2
    const to = isCarried(step, end, fused, w, c)
    if (kind == STOP) {
      memory.copy(out, nngp, (<usize>n) << 3)
      out += apart
      if (ntk) {
        memory.copy(out, ntk, (<usize>n) << 3)
        out += apart
      }
    } else if (kind == AFFINE) {
      if (from) affineDeficits(deficits, q11, q22, n, p, q)
      affinePairs(nngp, ntk, n, p, q)
    }
    else if (kind == ABRELU) {
      if (to && !fused) abReluStop(nngp, ntk ? ntk : deficits + 4 * LIST, deficits, q11, r11, q22, r22, n, p, q, r, from)
      else if (to) {
        const d11 = load<f64>(v1 + 2 * stride1)
        const e11 = load<f64>(v1 + 3 * stride1)
        const d22 = v2 + 2 * stride2
        const e22 = v2 + 3 * stride2
        abReluOnward(nngp, ntk, deficits, q11, r11, q22, r22, d11, e11, d22, e22, n, p, q, r, positive, from, first, w, c, w0, b0)
        first = false
      } else abReluLast(nngp, ntk, deficits, q11, r11, q22, r22, n, p, q, fused, positive, from, w, c)
    } else if (kind == ERF) erfPairs(nngp, ntk, q11, r11, q22, r22, n, p, q, r, fused, w, c)
    else if (kind == PROFILE)
      profilePairs(<usize>p, <i32>q, nngp, ntk, q11, r11, q22, r22, v2 + 2 * stride2, n, r)
    else if (kind == SERIES) {
      const counts = <i32>load<f64>(step, 48)
      const lines = <i32>load<f64>(step, 56)
      const row = <i32>((v1 - <usize>r) >> 3)
      const column = <i32>((v2 - <usize>load<f64>(step, 40)) >> 3)
      const own = linesOf(<usize>q, row, counts, lines)
      const others = linesOf(<usize>load<f64>(step, 32), column, counts, lines)
      seriesPairs(<usize>p, nngp, ntk, own, others, n, counts, lines, fused, w, c)
    }
    const done: usize = fused ? 2 : 1
    if (kind != STOP) positive = isPositive(step, fused, w, c)
    // What stands between two activations hands deficits on.
    if (kind != STOP && kind != AFFINE) from = to
    step += done * STEP
    v1 += 2 * done * stride1
    v2 += 2 * done * stride2
  }
}

/**
 * All steps over a tile in place (with `fresh`, ntk starts at zero whatever it holds): nngp and ntk (0: none) hold [rows, cols] float64 with `ld` bytes from row
 * to row, cols a multiple of 4; v1 and v2 are the tables of dualVariances for rows and columns. `work` has room for the lists of ./abrelu-angle.ts.
 * K of the first stop goes to `out`, laid out as nngp, and Θ and those of more stops to `apart` bytes further each.
 */
export function dualTile(
  steps: usize,
  count: i32,
  nngp: usize,
  ntk: usize,
  rows: i32,
  cols: i32,
  ld: usize,
  v1: usize,
  stride1: usize,
  v2: usize,
  stride2: usize,
  fresh: bool,
  work: usize,
  out: usize,
  apart: usize,
): void {
  for (let c = 0; c < cols; c += CHUNK) {
    const n = min(CHUNK, cols - c)
    const shift = (<usize>c) << 3
    for (let r = 0; r < rows; r++) {
      const at = <usize>r * ld + shift
      dualRow(
        steps,
        count,
        nngp + at,
        ntk ? ntk + at : 0,
        n,
        v1 + ((<usize>r) << 3),
        stride1,
        v2 + shift,
        stride2,
        fresh,
        work,
        out + at,
        apart,
      )
    }
  }
}

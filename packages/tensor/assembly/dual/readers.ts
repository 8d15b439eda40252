import { add, div, lit, mad, mul, splat, sub } from '../math/simd'
import { erfPairs } from './erf'
import { groupBytes, linesOf, seriesPairs } from './series'
import { abReluRows, QUARTER } from './space-abrelu'
import { clearTail, count, word } from './windows'

/** The steps of ./space.ts that read variances of both samples: activations and norms. */

/** Kinds of activations, as `encodeActivation` of src/cpu/wasm/space/program.ts writes them. */
const ABRELU: i32 = 1
const SERIES: i32 = 4

/**
 * An activation by its series over all rows: where others have variances, it has lines (./series.ts) of both sides. They are of the places
 * of a sample one after the other, `sample` bytes from one sample to the next; or, where `sample` is 0, of all samples at a place.
 */
function series(record: usize, task: usize, nngp: usize, ntk: usize): void {
  const groups = count(record, 1)
  const rows = count(record, 2)
  const n = count(record, 3)
  const ld = word(record, 4)
  const table = word(record, 6)
  const counts = count(record, 7)
  const lines = count(record, 8)
  const affine = load<f64>(record, 72) != 0
  const w = load<f64>(record, 80)
  let places = word(record, 16)
  const group1 = word(record, 17)
  const group2 = word(record, 19)
  const used = count(record, 20)
  const sample = word(record, 21)
  const i = count(task, 10)
  const j = count(task, 11)
  const lane = sample ? 0 : i
  const first = word(record, 12) + <usize>i * sample
  const second = word(record, 14) + (sample ? <usize>j * sample : <usize>(j >> 3) * groupBytes(counts, lines))
  for (let g = 0; g < groups; g++) {
    const own = first + <usize>load<i32>(places) * group1
    const others = second + <usize>load<i32>(places, 4) * group2
    places += 8
    const start = nngp
    const start2 = ntk
    for (let r = 0; r < rows; r++) {
      seriesPairs(table, nngp, ntk, linesOf(own, lane + r, counts, lines), others, n, counts, lines, affine, w, 0)
      nngp += ld
      if (ntk) ntk += ld
    }
    clearTail(start, rows, n, used, ld)
    if (start2) clearTail(start2, rows, n, used, ld)
  }
}

/** One activation over all rows, and with w the factor of the weights after it. Deficits are read and made by `ABRELU` alone. */
export function dual(record: usize, task: usize, nngp: usize, ntk: usize, deficits: usize, list: usize): void {
  const groups = count(record, 1)
  const rows = count(record, 2)
  const n = count(record, 3)
  const ld = word(record, 4)
  const kind = count(record, 5)
  if (kind == SERIES) {
    series(record, task, nngp, ntk)
    return
  }
  if (kind == ABRELU) {
    abReluRows(record, task, nngp, ntk, deficits, list)
    return
  }
  const p = load<f64>(record, 48)
  const q = load<f64>(record, 56)
  const r = load<f64>(record, 64)
  const affine = load<f64>(record, 72) != 0
  const w = load<f64>(record, 80)
  const v1 = word(record, 12) + word(task, 3)
  const r1 = word(record, 13) + word(task, 3)
  const v2 = word(record, 14) + word(task, 4)
  const r2 = word(record, 15) + word(task, 4)
  let table = word(record, 16)
  const group1 = word(record, 17)
  const row1 = word(record, 18)
  const group2 = word(record, 19)
  const used = count(record, 20)
  for (let g = 0; g < groups; g++) {
    const first = <usize>load<i32>(table) * group1
    const second = <usize>load<i32>(table, 4) * group2
    table += 8
    const start = nngp
    const start2 = ntk
    for (let i = 0; i < rows; i++) {
      const at = first + <usize>i * row1
      const q11 = load<f64>(v1 + at)
      const r11 = load<f64>(r1 + at)
      erfPairs(nngp, ntk, q11, r11, v2 + second, r2 + second, n, p, q, r, affine, w, 0)
      nngp += ld
      if (ntk) ntk += ld
    }
    clearTail(start, rows, n, used, ld)
    if (start2) clearTail(start2, rows, n, used, ld)
  }
}

/** D = (q11 - q) + (q22 - q) of a pair. */
@inline
function deficitOf(nngp: usize, q11: v128, q22: usize): v128 {
  const q = v128.load(nngp)
  return add(sub(q11, q), sub(v128.load(q22), q))
}

/**
 * Deficits from covariances: of all pairs, or of those where one of two samples was padding under a window and the other was not, which
 * windows of deficits know nothing of, and whose deficits are no small numbers. A table has of each group whether it is all of it;
 * another of each row of the others how many columns, and which.
 */
export function fillDeficits(record: usize, task: usize, nngp: usize, deficits: usize): void {
  const groups = count(record, 1)
  const rows = count(record, 2)
  const n = count(record, 3)
  const ld = word(record, 4)
  const whole = word(record, 6)
  const columns = word(record, 7)
  const v1 = word(record, 12) + word(task, 3)
  const v2 = word(record, 14) + word(task, 4)
  let table = word(record, 16)
  const group1 = word(record, 17)
  const row1 = word(record, 18)
  const group2 = word(record, 19)
  for (let g = 0; g < groups; g++) {
    const first = <usize>load<i32>(table) * group1
    const others = v2 + <usize>load<i32>(table, 4) * group2
    table += 8
    const all = whole == 0 || load<i32>(whole + (<usize>g << 2)) != 0
    let list = columns
    for (let i = 0; i < rows; i++) {
      const q11 = load<f64>(v1 + first + <usize>i * row1)
      if (all) {
        for (let at: usize = 0; at < <usize>n << 3; at += 16) {
          v128.store(deficits + at, deficitOf(nngp + at, splat(q11), others + at))
        }
      } else if (list) {
        const some = load<i32>(list)
        list += 4
        for (let k = 0; k < some; k++) {
          const at = <usize>load<i32>(list) << 3
          const q = load<f64>(nngp + at)
          store<f64>(deficits + at, q11 - q + (load<f64>(others + at) - q))
          list += 4
        }
      }
      nngp += ld
      deficits += ld
    }
  }
}

/**
 * K and Θ of rows divided by the scales s of both sides, which stand where activations have their roots; and deficits, with r the roots of
 * the variances: D' = (r1/s1 - r2/s2)² + (D - (r1 - r2)²)/(s1 s2), where D is small, else by what K is.
 */
export function norm(record: usize, task: usize, nngp: usize, ntk: usize, deficits: usize): void {
  const groups = count(record, 1)
  const rows = count(record, 2)
  const n = count(record, 3)
  const ld = word(record, 4)
  const v1 = word(record, 12) + word(task, 3)
  const r1 = word(record, 13) + word(task, 3)
  const v2 = word(record, 14) + word(task, 4)
  const r2 = word(record, 15) + word(task, 4)
  let table = word(record, 16)
  const group1 = word(record, 17)
  const row1 = word(record, 18)
  const group2 = word(record, 19)
  const used = count(record, 20)
  const start = nngp
  const start2 = ntk
  const start3 = deficits
  for (let g = 0; g < groups; g++) {
    const first = <usize>load<i32>(table) * group1
    const second = <usize>load<i32>(table, 4) * group2
    table += 8
    for (let i = 0; i < rows; i++) {
      const own = first + <usize>i * row1
      const s1 = splat(load<f64>(r1 + own))
      const root1 = splat(Math.sqrt(load<f64>(v1 + own)))
      for (let at: usize = 0; at < <usize>n << 3; at += 16) {
        const s2 = v128.load(r2 + second + at)
        const s = mul(s1, s2)
        v128.store(nngp + at, div(v128.load(nngp + at), s))
        if (ntk) v128.store(ntk + at, div(v128.load(ntk + at), s))
        if (deficits) {
          const root2 = f64x2.sqrt(v128.load(v2 + second + at))
          const d = v128.load(deficits + at)
          const before = sub(root1, root2)
          const angular = f64x2.pmax(sub(d, mul(before, before)), splat(0))
          const u1 = div(root1, s1)
          const u2 = div(root2, s2)
          const after = sub(u1, u2)
          const carried = mad(after, after, div(angular, s))
          const q = v128.load(nngp + at)
          const anew = add(sub(mul(u1, u1), q), sub(mul(u2, u2), q))
          v128.store(deficits + at, v128.bitselect(carried, anew, f64x2.lt(d, mul(lit(QUARTER), mul(root1, root2)))))
        }
      }
      nngp += ld
      if (ntk) ntk += ld
      if (deficits) deficits += ld
    }
  }
  clearTail(start, groups * rows, n, used, ld)
  if (start2) clearTail(start2, groups * rows, n, used, ld)
  if (start3) clearTail(start3, groups * rows, n, used, ld)
}

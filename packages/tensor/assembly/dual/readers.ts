import { div, mul, splat } from '../math/simd'
import { abReluPairs } from './abrelu'
import { erfPairs } from './erf'
import { groupBytes, linesOf, seriesPairs } from './series'
import { clearTail, count, word } from './windows'

/** The steps of ./space.ts that read variances of both samples: activations and norms. */

/** The kind of an activation by its series, of those that `encodeActivation` of src/cpu/wasm/space/program.ts writes. */
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

/** One activation over all rows, and with w the factor of the weights after it. */
export function dual(record: usize, task: usize, nngp: usize, ntk: usize): void {
  const groups = count(record, 1)
  const rows = count(record, 2)
  const n = count(record, 3)
  const ld = word(record, 4)
  const kind = count(record, 5)
  if (kind == SERIES) {
    series(record, task, nngp, ntk)
    return
  }
  const p = load<f64>(record, 48)
  const q = load<f64>(record, 56)
  const r = load<f64>(record, 64)
  const affine = load<f64>(record, 72) != 0
  const w = load<f64>(record, 80)
  const positive = load<f64>(record, 88) != 0
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
      if (kind == 1) abReluPairs(nngp, ntk, q11, r11, v2 + second, r2 + second, n, p, q, affine, positive, w, 0)
      else erfPairs(nngp, ntk, q11, r11, v2 + second, r2 + second, n, p, q, r, affine, w, 0)
      nngp += ld
      if (ntk) ntk += ld
    }
    clearTail(start, rows, n, used, ld)
    if (start2) clearTail(start2, rows, n, used, ld)
  }
}

/** K and Θ of rows divided by the scales of both sides, which stand where activations have their roots. */
export function norm(record: usize, task: usize, nngp: usize, ntk: usize): void {
  const groups = count(record, 1)
  const rows = count(record, 2)
  const n = count(record, 3)
  const ld = word(record, 4)
  const r1 = word(record, 13) + word(task, 3)
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
      const s1 = splat(load<f64>(r1 + first + <usize>i * row1))
      for (let at: usize = 0; at < <usize>n << 3; at += 16) {
        const s = mul(s1, v128.load(r2 + second + at))
        v128.store(nngp + at, div(v128.load(nngp + at), s))
        if (ntk) v128.store(ntk + at, div(v128.load(ntk + at), s))
      }
      nngp += ld
      if (ntk) ntk += ld
    }
    clearTail(start, rows, n, used, ld)
    if (start2) clearTail(start2, rows, n, used, ld)
  }
}

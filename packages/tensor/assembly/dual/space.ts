import { add, div, mad, mul, splat, sub } from '../math/simd'
import { abReluVariances } from './abrelu'
import { erfVariances } from './erf'
import { readBlock, writeBlock } from './blocks'
import { dual, fillDeficits, norm } from './readers'
import { NEAR } from './space-abrelu'
import { count, sumGroups, sumRows, word } from './windows'

/**
 * Kernels in space: a chunk of pairs goes through all layers while it stays near the core. A chunk is `groups` blocks of rows,
 * a row holds n columns (a multiple of 4) between zeros on both sides, `ld` bytes from row to row:
 * - equal positions: a group is a position with one row, whose columns are samples of x2; the row belongs to one sample of x1;
 * - all pairs of positions of one pair of samples: a group is a pair of places along the leading axes, its rows are the places of
 *   x1 along the last axis and its columns those of x2.
 *
 * Beside K and Θ go deficits D = q11 + q22 - 2q (./space-abrelu.ts says what for), from the data or an activation to the next
 * activation that reads them.
 *
 * A program is a list of records of 24 float64; what they say is read with the names below and written in
 * src/cpu/wasm/space/program.ts.
 */
const RECORD: usize = 192
/** Where a record says whether deficits go through it. */
const LIVE: usize = 184
const END: i32 = 0
const GRAM: i32 = 1
const DEFICITS: i32 = 2
const DUAL: i32 = 3
const SCALE: i32 = 4
const GROUPS: i32 = 5
const ROWS: i32 = 6
const BIAS: i32 = 7
const SUM: i32 = 8
const NORM: i32 = 9
const SAVE: i32 = 10
const LOAD: i32 = 11
const PLUS: i32 = 12
const READ: i32 = 13
const WRITE: i32 = 14
const BRANCH: i32 = 15
const RESTART: i32 = 16

const TASK: usize = 104

/**
 * x·x' over the channels, divided by their number: K of a chunk of the data; and of (x - x')² into `deficits`, where that is not 0.
 * Channels are added in their order.
 */
function gram(record: usize, task: usize, dst: usize, deficits: usize): void {
  const groups = count(record, 1)
  const rows = count(record, 2)
  const n = count(record, 3)
  const ld = word(record, 4)
  const aBase = word(record, 5) + word(task, 1)
  const bBase = word(record, 6) + word(task, 2)
  let table = word(record, 7)
  const aGroup = word(record, 8)
  const aRow = word(record, 9)
  const aChannel = word(record, 10)
  const bGroup = word(record, 11)
  const bChannel = word(record, 12)
  const channels = count(record, 13)
  const divisor = splat(load<f64>(record, 112))
  for (let g = 0; g < groups; g++) {
    const a = aBase + <usize>load<i32>(table) * aGroup
    const b = bBase + <usize>load<i32>(table, 4) * bGroup
    table += 8
    for (let r = 0; r < rows; r++) {
      const own = a + <usize>r * aRow
      const end = dst + (<usize>n << 3)
      let column = b
      for (let to = dst; to < end; to += 16) {
        let total = mul(splat(load<f64>(own)), v128.load(column))
        let x = own
        let y = column
        for (let c = 1; c < channels; c++) {
          x += aChannel
          y += bChannel
          total = mad(splat(load<f64>(x)), v128.load(y), total)
        }
        v128.store(to, div(total, divisor))
        if (deficits) v128.store(to - dst + deficits, div(apart(own, column, channels, aChannel, bChannel), divisor))
        column += 16
      }
      dst += ld
      if (deficits) deficits += ld
    }
  }
}

/** Σ (x - x')² over the channels. */
@inline
function apart(x: usize, y: usize, channels: i32, xChannel: usize, yChannel: usize): v128 {
  let total = splat(0)
  for (let c = 0; c < channels; c++) {
    const difference = sub(splat(load<f64>(x)), v128.load(y))
    total = mad(difference, difference, total)
    x += xChannel
    y += yChannel
  }
  return total
}

/** Groups of dst ← those of src, or with `plus` what they are and those; the table says which, without it they are the first. */
function take(src: usize, dst: usize, groups: i32, bytes: usize, table: usize, plus: bool): void {
  for (let g = 0; g < groups; g++) {
    const from = src + (table ? <usize>load<i32>(table + (<usize>g << 2)) : <usize>g) * bytes
    if (plus) {
      for (let at: usize = 0; at < bytes; at += 16) {
        v128.store(dst + at, add(v128.load(dst + at), v128.load(from + at)))
      }
    } else memory.copy(dst, from, bytes)
    dst += bytes
  }
}

/** K ← w K and Θ ← gain K + w Θ, of `bytes` of everything: zeros stay zeros. With `fresh`, Θ was 0 whatever it holds. */
function scale(nngp: usize, ntk: usize, bytes: usize, w: f64, fresh: bool, gain: f64): void {
  const weight = splat(w)
  const own = splat(gain)
  const end = nngp + bytes
  for (; nngp < end; nngp += 16) {
    const x = mul(weight, v128.load(nngp))
    v128.store(nngp, x)
    if (ntk) {
      const y = mul(own, x)
      v128.store(ntk, fresh ? y : mad(weight, v128.load(ntk), y))
      ntk += 16
    }
  }
}

/** Adds b to the `used` columns of every row. */
function bias(at: usize, rows: i32, used: i32, ld: usize, b: f64): void {
  const all = splat(b)
  for (let r = 0; r < rows; r++) {
    let c = 0
    for (; c + 2 <= used; c += 2) {
      const to = at + (<usize>c << 3)
      v128.store(to, add(v128.load(to), all))
    }
    if (c < used) store<f64>(at + (<usize>c << 3), load<f64>(at + (<usize>c << 3)) + b)
    at += ld
  }
}

/** The sum of all rows, column by column, or with `all` of all columns too; times `factor`. */
function total(record: usize, task: usize, at: usize, out: usize): void {
  const rows = count(record, 1)
  const n = count(record, 2)
  const used = count(record, 3)
  const ld = word(record, 4)
  const all = load<f64>(record, 40) != 0
  const factor = load<f64>(record, 48) * load<f64>(task, 72)
  if (all) {
    let sum: f64 = 0
    for (let r = 0; r < rows; r++) {
      let x = splat(0)
      let c = 0
      for (; c + 2 <= used; c += 2) x = add(x, v128.load(at + (<usize>c << 3)))
      sum += f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1)
      if (c < used) sum += load<f64>(at + (<usize>c << 3))
      at += ld
    }
    store<f64>(out, sum * factor)
    return
  }
  const weight = splat(factor)
  for (let c = 0; c < n; c += 2) {
    let x = splat(0)
    let from = at + (<usize>c << 3)
    for (let r = 0; r < rows; r++) {
      x = add(x, v128.load(from))
      from += ld
    }
    v128.store(out + (<usize>c << 3), mul(x, weight))
  }
}

/** What other rows than these may have left, in the first `bytes` of each of the first areas. */
function clear(scratch: usize, areas: usize, area: usize, bytes: usize): void {
  if (bytes == 0) return
  for (let i: usize = 0; i < areas; i++) memory.fill(scratch + i * area, 0, bytes)
}

/**
 * One chunk through its program. `scratch` has areas of `area` bytes, `arrays` of them for K, Θ and, where that is 3, D: all these twice,
 * all zeros between their rows, and then once for every place beside. `list` is room for the lists of ./space-abrelu.ts.
 */
function chunk(task: usize, scratch: usize, arrays: usize, area: usize, guard: usize, list: usize, withNtk: bool): void {
  let record = word(task, 0)
  let nngp = scratch + guard
  let ntk = withNtk ? nngp + area : 0
  let deficits = arrays == 3 ? nngp + 2 * area : 0
  let other = nngp + arrays * area
  let other2 = withNtk ? other + area : 0
  let other3 = deficits ? other + 2 * area : 0
  for (;;) {
    const kind = count(record, 0)
    if (kind == END) return
    if (kind == BRANCH) {
      // Where no angle was small, the rest of the program that has no deficits does.
      record = v128.any_true(v128.load(list + NEAR)) ? record + RECORD : word(record, 1)
      continue
    }
    if (kind == RESTART) {
      // Where some angle may be small, all from the start on with deficits.
      if (v128.any_true(v128.load(list + NEAR))) {
        if (nngp != scratch + guard) {
          const away = nngp
          const away2 = ntk
          const away3 = deficits
          nngp = other
          ntk = other2
          deficits = other3
          other = away
          other2 = away2
          other3 = away3
        }
        record = word(record, 1)
      } else record = word(record, 2)
      continue
    }
    const live = deficits != 0 && load<f64>(record, LIVE) != 0
    const d = live ? deficits : 0
    if (kind == GRAM) {
      clear(scratch, 2 * arrays, area, word(record, 15))
      gram(record, task, nngp, d)
    } else if (kind == READ) {
      clear(scratch, 2 * arrays, area, word(record, 15))
      readBlock(record, word(task, 1), nngp, word(task, 5))
      if (ntk) readBlock(record, word(task, 2), ntk, word(task, 5))
    } else if (kind == WRITE) {
      writeBlock(record, nngp, word(task, 7), word(task, 6))
      if (ntk) writeBlock(record, ntk, word(task, 8), word(task, 6))
    } else if (kind == DEFICITS) {
      // Of all pairs: nobody cared for the zeros between the rows so far.
      if (guard != 0 && word(record, 6) == 0) memory.fill(deficits - guard, 0, area)
      fillDeficits(record, task, nngp, deficits)
    } else if (kind == DUAL) dual(record, task, nngp, ntk, deficits, list)
    else if (kind == SCALE) {
      const fresh = load<f64>(record, 24) != 0
      const bytes = word(record, 1)
      const w = load<f64>(record, 16)
      scale(nngp - guard, ntk ? ntk - guard : 0, bytes, w, fresh, load<f64>(record, 32))
      if (d) scale(d - guard, 0, bytes, w, fresh, 0)
    }
    else if (kind == BIAS) {
      const rows = count(record, 1)
      bias(nngp, rows, count(record, 2), word(record, 3), load<f64>(record, 32))
      if (ntk) bias(ntk, rows, count(record, 2), word(record, 3), load<f64>(record, 40))
    } else if (kind == NORM) norm(record, task, nngp, ntk, d)
    else if (kind >= SAVE) {
      const beside = scratch + guard + arrays * (2 + word(record, 1)) * area
      const groups = count(record, 2)
      if (kind == SAVE) {
        const bytes = word(record, 2)
        memory.copy(beside, nngp, bytes)
        if (ntk) memory.copy(beside + area, ntk, bytes)
        if (d) memory.copy(beside + 2 * area, d, bytes)
      } else {
        // Rows of another length may have been here.
        if (kind == LOAD) clear(scratch, 2 * arrays, area, word(record, 5))
        const bytes = word(record, 3)
        const table = word(record, 4)
        take(beside, nngp, groups, bytes, table, kind == PLUS)
        if (ntk) take(beside + area, ntk, groups, bytes, table, kind == PLUS)
        if (d) take(beside + 2 * area, d, groups, bytes, table, kind == PLUS)
      }
    } else if (kind == SUM) {
      total(record, task, nngp, word(task, 7))
      if (ntk) total(record, task, ntk, word(task, 8))
    } else {
      if (kind == GROUPS) {
        sumOfGroups(record, nngp, other, guard)
        if (ntk) sumOfGroups(record, ntk, other2, guard)
        if (d) sumOfGroups(record, d, other3, guard)
      } else {
        sumOfRows(record, nngp, other)
        if (ntk) sumOfRows(record, ntk, other2)
        if (d) sumOfRows(record, d, other3)
      }
      const before = nngp
      const before2 = ntk
      const before3 = deficits
      nngp = other
      ntk = other2
      deficits = other3
      other = before
      other2 = before2
      other3 = before3
    }
    record += RECORD
  }
}

function sumOfGroups(record: usize, src: usize, dst: usize, guard: usize): void {
  const n = count(record, 1)
  const bytes = word(record, 3)
  sumGroups(src - guard, dst - guard, n, word(record, 2), bytes)
  // Zeros behind the last row, where longer rows may have been.
  memory.fill(dst + <usize>n * bytes - guard, 0, guard)
}

function sumOfRows(record: usize, src: usize, dst: usize): void {
  // Rows of another length than before leave what is between them to be cleared.
  if (word(record, 5) != word(record, 6)) memory.fill(dst - word(record, 10), 0, word(record, 11))
  sumRows(record, src, dst)
}

/**
 * Works on tasks until none is left: whoever asks first gets the next, by the counter. A task is 12 float64: the address of its
 * program; offsets of x1 and x2, or addresses of the blocks of K and Θ that it starts from; offsets of their variances; bytes from
 * row to row of blocks that it starts from, and of those that it makes; addresses of where K and Θ go; a factor; which samples they are; the
 * tangent of half the angle that is small.
 * `scratch` has `areas` areas, as `chunk` says, and behind them room for lists.
 */
export function spaceTasks(
  tasks: usize,
  total: i32,
  counter: usize,
  scratch: usize,
  areas: i32,
  arrays: i32,
  area: usize,
  guard: usize,
  withNtk: i32,
): void {
  const bytes = <usize>areas * area
  memory.fill(scratch, 0, bytes)
  for (;;) {
    const next = atomic.add<i32>(counter, 1)
    if (next >= total) return
    chunk(tasks + <usize>next * TASK, scratch, <usize>arrays, area, guard, scratch + bytes, withNtk != 0)
  }
}

/** The variances after an activation, times w, and the roots that pairs need of those before. n is even. */
export function spaceVariances(
  kind: i32,
  src: usize,
  roots: usize,
  dst: usize,
  n: i32,
  p: f64,
  q: f64,
  r: f64,
  positive: i32,
  w: f64,
): void {
  if (kind == 1) abReluVariances(src, roots, dst, n, p, positive != 0, w, 0)
  else erfVariances(src, roots, dst, n, p, q, r, w, 0)
}

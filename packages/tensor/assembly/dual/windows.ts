import { add, splat } from '../math/simd'

/** Sums over the taps of windows, of chunks as ./space.ts describes them. */

@inline
export function word(record: usize, at: usize): usize {
  return <usize>load<f64>(record + (at << 3))
}

@inline
export function count(record: usize, at: usize): i32 {
  return <i32>load<f64>(record + (at << 3))
}

/**
 * dst = src[0] + src[1] + ... of `n` groups of `bytes` each, a multiple of 32. The table has for every group of dst how many groups
 * of src it is the sum of, and which. Sums go from left to right.
 */
export function sumGroups(src: usize, dst: usize, n: i32, table: usize, bytes: usize): void {
  for (let g = 0; g < n; g++) {
    const terms = load<i32>(table)
    table += 4
    const end = dst + bytes
    if (terms == 0) memory.fill(dst, 0, bytes)
    else if (terms == 1) memory.copy(dst, src + <usize>load<i32>(table) * bytes, bytes)
    else if (terms == 2 || terms == 3) {
      let a = src + <usize>load<i32>(table) * bytes
      let b = src + <usize>load<i32>(table, 4) * bytes
      if (terms == 2) {
        for (let to = dst; to < end; to += 32) {
          v128.store(to, add(v128.load(a), v128.load(b)))
          v128.store(to, add(v128.load(a, 16), v128.load(b, 16)), 16)
          a += 32
          b += 32
        }
      } else {
        let c = src + <usize>load<i32>(table, 8) * bytes
        for (let to = dst; to < end; to += 32) {
          v128.store(to, add(add(v128.load(a), v128.load(b)), v128.load(c)))
          v128.store(to, add(add(v128.load(a, 16), v128.load(b, 16)), v128.load(c, 16)), 16)
          a += 32
          b += 32
          c += 32
        }
      }
    } else {
      for (let at: usize = 0; at < bytes; at += 32) {
        let x = splat(0)
        let y = splat(0)
        for (let t = 0; t < terms; t++) {
          const from = src + <usize>load<i32>(table + (<usize>t << 2)) * bytes + at
          x = t == 0 ? v128.load(from) : add(x, v128.load(from))
          y = t == 0 ? v128.load(from, 16) : add(y, v128.load(from, 16))
        }
        v128.store(dst + at, x)
        v128.store(dst + at, y, 16)
      }
    }
    table += <usize>terms << 2
    dst = end
  }
}

/** What lies beyond the `used` of n columns becomes 0, in every row. `at` is the first column of the first row. */
export function clearTail(at: usize, rows: i32, n: i32, used: i32, ld: usize): void {
  if (used == n) return
  for (let r = 0; r < rows; r++) {
    for (let c = used; c < n; c++) store<f64>(at + (<usize>c << 3), 0)
    at += ld
  }
}

/**
 * dst[o, c] = Σ_t src[s_t(o), s_t(c)] in every group: one window along the last axis, the same on both sides. The table has for every
 * row o how many taps see something, and of each the row it sees and where its columns come from: a shift in bytes, or with
 * `gather` the address of one int32 a column, -1 for nothing.
 */
export function sumRows(record: usize, src: usize, dst: usize): void {
  const groups = count(record, 1)
  const table = word(record, 2)
  const rowsIn = count(record, 3)
  const rowsOut = count(record, 4)
  const ldIn = word(record, 5)
  const ldOut = word(record, 6)
  const nOut = count(record, 7)
  const gather = load<f64>(record, 64) != 0
  const usedOut = count(record, 9)
  clearTail(src, groups * rowsIn, count(record, 12), count(record, 13), ldIn)
  for (let g = 0; g < groups; g++) {
    let at = table
    for (let o = 0; o < rowsOut; o++) {
      const terms = load<i32>(at)
      at += 4
      if (gather) {
        for (let c = 0; c < nOut; c++) {
          let total: f64 = 0
          if (c < usedOut) {
            for (let t = 0; t < terms; t++) {
              const tap = at + (<usize>t << 3)
              const column = load<i32>(<usize>load<i32>(tap, 4) + (<usize>c << 2))
              if (column >= 0) total += load<f64>(src + <usize>load<i32>(tap) * ldIn + (<usize>column << 3))
            }
          }
          store<f64>(dst + (<usize>c << 3), total)
        }
      } else if (terms == 3) {
        let a = src + <usize>load<i32>(at) * ldIn + <usize>load<i32>(at, 4)
        let b = src + <usize>load<i32>(at, 8) * ldIn + <usize>load<i32>(at, 12)
        let d = src + <usize>load<i32>(at, 16) * ldIn + <usize>load<i32>(at, 20)
        const end = dst + (<usize>nOut << 3)
        for (let to = dst; to < end; to += 32) {
          v128.store(to, add(add(v128.load(a), v128.load(b)), v128.load(d)))
          v128.store(to, add(add(v128.load(a, 16), v128.load(b, 16)), v128.load(d, 16)), 16)
          a += 32
          b += 32
          d += 32
        }
      } else {
        for (let c: usize = 0; c < <usize>nOut << 3; c += 32) {
          let x = splat(0)
          let y = splat(0)
          for (let t = 0; t < terms; t++) {
            const tap = at + (<usize>t << 3)
            const from = src + <usize>load<i32>(tap) * ldIn + <usize>load<i32>(tap, 4) + c
            x = t == 0 ? v128.load(from) : add(x, v128.load(from))
            y = t == 0 ? v128.load(from, 16) : add(y, v128.load(from, 16))
          }
          v128.store(dst + c, x)
          v128.store(dst + c, y, 16)
        }
      }
      at += <usize>terms << 3
      dst += ldOut
    }
    src += <usize>rowsIn * ldIn
  }
}

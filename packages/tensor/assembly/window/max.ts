/**
 * Maxima over windows of several axes at once, for the contiguous elements (channels) that every place holds. `table` has
 * a line of `line` bytes for each window: how many taps read inside the input, then where, in bytes from the input's
 * start, in row-major order. The first maximum wins, and a NaN is larger than any number.
 */

@inline
function beats<T>(v: v128, best: v128): v128 {
  return v128.or(v128.gt<T>(v, best), v128.and(v128.ne<T>(v, v), v128.eq<T>(best, best)))
}

@inline
function beatsOne<T>(v: T, best: T): bool {
  return v > best || (v != v && best == best)
}

/** The lanes from `first` on. */
@inline
function lanesFrom<T>(first: i32): v128 {
  if (sizeof<T>() == 4) return i32x4.ge_s(i32x4(0, 1, 2, 3), i32x4.splat(first))
  return i64x2.ge_s(i64x2(0, 1), i64x2.splat(first))
}

@inline
function maximum<T>(src: usize, table: usize, line: usize, windows: i32, bytes: usize, empty: T, dst: usize): void {
  for (let w = 0; w < windows; w++, table += line, dst += bytes) {
    const end = table + 4 + 4 * <usize>load<i32>(table)
    for (let c: usize = 0; c < bytes; ) {
      // the last vector may overlap the one before it
      if (c + 16 > bytes && bytes >= 16) c = bytes - 16
      if (c + 16 <= bytes) {
        let best = v128.splat<T>(empty)
        if (table + 4 < end) best = v128.load(src + load<i32>(table + 4) + c)
        for (let tap = table + 8; tap < end; tap += 4) {
          const v = v128.load(src + load<i32>(tap) + c)
          best = v128.bitselect(v, best, beats<T>(v, best))
        }
        v128.store(dst + c, best)
        c += 16
      } else {
        let best = empty
        if (table + 4 < end) best = load<T>(src + load<i32>(table + 4) + c)
        for (let tap = table + 8; tap < end; tap += 4) {
          const v = load<T>(src + load<i32>(tap) + c)
          if (beatsOne<T>(v, best)) best = v
        }
        store<T>(dst + c, best)
        c += sizeof<T>()
      }
    }
  }
}

/** dst = what `other` holds where `src` has its maximum; 0 where a window reads nothing. */
@inline
function gather<T>(src: usize, other: usize, table: usize, line: usize, windows: i32, bytes: usize, dst: usize): void {
  for (let w = 0; w < windows; w++, table += line, dst += bytes) {
    const end = table + 4 + 4 * <usize>load<i32>(table)
    for (let c: usize = 0; c < bytes; ) {
      if (c + 16 > bytes && bytes >= 16) c = bytes - 16
      if (c + 16 <= bytes) {
        let best = v128.splat<T>(0)
        let found = best
        for (let tap = table + 4; tap < end; tap += 4) {
          const at = <usize>load<i32>(tap) + c
          const v = v128.load(src + at)
          const take = tap == table + 4 ? i32x4.splat(-1) : beats<T>(v, best)
          best = v128.bitselect(v, best, take)
          found = v128.bitselect(v128.load(other + at), found, take)
        }
        v128.store(dst + c, found)
        c += 16
      } else {
        let best: T = 0
        let found: T = 0
        for (let tap = table + 4; tap < end; tap += 4) {
          const at = <usize>load<i32>(tap) + c
          const v = load<T>(src + at)
          if (tap == table + 4 || beatsOne<T>(v, best)) {
            best = v
            found = load<T>(other + at)
          }
        }
        store<T>(dst + c, found)
        c += sizeof<T>()
      }
    }
  }
}

/** Adds `ct`, of the windows, to `dst`, of the input, where `src` has its maxima. */
@inline
function scatter<T>(src: usize, ct: usize, table: usize, line: usize, windows: i32, bytes: usize, dst: usize): void {
  // where vectors do not come out even, the last one overlaps the one before it, and gives what that did not
  const rest = bytes >= 16 ? bytes & 15 : 0
  const fresh = lanesFrom<T>(<i32>((16 - rest) / sizeof<T>()))
  const vectors = bytes & ~15
  for (let w = 0; w < windows; w++, table += line, ct += bytes) {
    const first = table + 4
    const end = first + 4 * <usize>load<i32>(table)
    if (first == end) continue
    for (let c: usize = 0; c + 16 <= bytes; ) {
      let best = v128.load(src + load<i32>(first) + c)
      // the number of the tap, as a float: lanes stay as wide as the elements
      let winner = v128.splat<T>(0)
      let number: T = 1
      for (let tap = first + 4; tap < end; tap += 4, number++) {
        const v = v128.load(src + load<i32>(tap) + c)
        const take = beats<T>(v, best)
        best = v128.bitselect(v, best, take)
        winner = v128.bitselect(v128.splat<T>(number), winner, take)
      }
      let give = v128.load(ct + c)
      if (rest != 0 && c + 16 == bytes) give = v128.and(give, fresh)
      number = 0
      for (let tap = first; tap < end; tap += 4, number++) {
        const to = dst + load<i32>(tap) + c
        const share = v128.and(give, v128.eq<T>(winner, v128.splat<T>(number)))
        v128.store(to, v128.add<T>(v128.load(to), share))
      }
      c += 16
      if (rest != 0 && c == vectors) c = bytes - 16
    }
    for (let c: usize = bytes >= 16 ? bytes : 0; c < bytes; c += sizeof<T>()) {
      let at = <usize>load<i32>(first) + c
      let best = load<T>(src + at)
      for (let tap = first + 4; tap < end; tap += 4) {
        const place = <usize>load<i32>(tap) + c
        const v = load<T>(src + place)
        if (beatsOne<T>(v, best)) {
          best = v
          at = place
        }
      }
      store<T>(dst + at, load<T>(dst + at) + load<T>(ct + c))
    }
  }
}

/** dst [windows, bytes]: the maximum of each window, −∞ where it reads nothing. */
export function windowMax32(src: usize, table: usize, line: usize, windows: i32, bytes: usize, dst: usize): void {
  maximum<f32>(src, table, line, windows, bytes, -Infinity, dst)
}

export function windowMax64(src: usize, table: usize, line: usize, windows: i32, bytes: usize, dst: usize): void {
  maximum<f64>(src, table, line, windows, bytes, -Infinity, dst)
}

export function gatherMax32(
  src: usize,
  other: usize,
  table: usize,
  line: usize,
  windows: i32,
  bytes: usize,
  dst: usize,
): void {
  gather<f32>(src, other, table, line, windows, bytes, dst)
}

export function gatherMax64(
  src: usize,
  other: usize,
  table: usize,
  line: usize,
  windows: i32,
  bytes: usize,
  dst: usize,
): void {
  gather<f64>(src, other, table, line, windows, bytes, dst)
}

export function scatterMax32(
  src: usize,
  ct: usize,
  table: usize,
  line: usize,
  windows: i32,
  bytes: usize,
  dst: usize,
): void {
  scatter<f32>(src, ct, table, line, windows, bytes, dst)
}

export function scatterMax64(
  src: usize,
  ct: usize,
  table: usize,
  line: usize,
  windows: i32,
  bytes: usize,
  dst: usize,
): void {
  scatter<f64>(src, ct, table, line, windows, bytes, dst)
}

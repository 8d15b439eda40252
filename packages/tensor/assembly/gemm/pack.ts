/**
 * Depth of one packed block: a pair of panels of this depth stays in the first-level cache. A block's sums
 * are added in order.
 */
export const KC: i32 = 256

@inline
function transpose64(r0: usize, r1: usize, dst: usize, step: usize): void {
  const x = v128.load(r0)
  const y = v128.load(r1)
  v128.store(dst, v128.shuffle<f64>(x, y, 0, 2))
  v128.store(dst + step, v128.shuffle<f64>(x, y, 1, 3))
}

/** Four stored rows of k elements become four lanes of a panel whose steps are `step` bytes apart. */
function rows64(src: usize, ld: usize, k: i32, dst: usize, step: usize): void {
  const end = src + ((<usize>(k & ~1)) << 3)
  while (src < end) {
    transpose64(src, src + ld, dst, step)
    transpose64(src + 2 * ld, src + 3 * ld, dst + 16, step)
    src += 16
    dst += 2 * step
  }
  if (k & 1) {
    for (let i = 0; i < 4; i++) store<f64>(dst + ((<usize>i) << 3), load<f64>(src + <usize>i * ld))
  }
}

function rows32(src: usize, ld: usize, k: i32, dst: usize, step: usize): void {
  const end = src + ((<usize>(k & ~3)) << 2)
  while (src < end) {
    const a = v128.load(src)
    const b = v128.load(src + ld)
    const c = v128.load(src + 2 * ld)
    const d = v128.load(src + 3 * ld)
    const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
    const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
    const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5)
    const cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
    v128.store(dst, v128.shuffle<f64>(ab0, cd0, 0, 2))
    v128.store(dst + step, v128.shuffle<f64>(ab0, cd0, 1, 3))
    v128.store(dst + 2 * step, v128.shuffle<f64>(ab1, cd1, 0, 2))
    v128.store(dst + 3 * step, v128.shuffle<f64>(ab1, cd1, 1, 3))
    src += 16
    dst += 4 * step
  }
  for (let p = k & ~3; p < k; p++) {
    for (let i = 0; i < 4; i++) store<f32>(dst + ((<usize>i) << 2), load<f32>(src + <usize>i * ld))
    src += 4
    dst += step
  }
}

/** A panel that is not full: missing lanes become zeros. `laneStride` and `kStride` are in bytes. */
function edge<T extends number>(
  src: usize,
  laneStride: usize,
  kStride: usize,
  lanes: i32,
  k: i32,
  dst: usize,
  width: i32,
): void {
  for (let p = 0; p < k; p++) {
    let s = src
    for (let i = 0; i < width; i++) {
      store<T>(dst, i < lanes ? load<T>(s) : <T>0)
      s += laneStride
      dst += sizeof<T>()
    }
    src += kStride
  }
}

/** k steps of 32 bytes each, `ld` bytes apart. */
function columns32Bytes(src: usize, ld: usize, k: i32, dst: usize): void {
  for (let p = 0; p < k; p++) {
    v128.store(dst, v128.load(src))
    v128.store(dst, v128.load(src, 16), 16)
    src += ld
    dst += 32
  }
}

function columns16Bytes(src: usize, ld: usize, k: i32, dst: usize): void {
  for (let p = 0; p < k; p++) {
    v128.store(dst, v128.load(src))
    src += ld
    dst += 16
  }
}

/**
 * Packs a [lanes, k] operand into panels of 4 lanes, k steps each. With `kContiguous` the stored rows are
 * lanes (`ld` bytes from lane to lane); without, the stored rows are k steps.
 */
export function pack64(src: usize, ld: usize, lanes: i32, k: i32, kContiguous: bool, dst: usize): void {
  for (let i = 0; i < lanes; i += 4) {
    const at = src + (kContiguous ? <usize>i * ld : (<usize>i) << 3)
    if (i + 4 <= lanes) {
      if (kContiguous) rows64(at, ld, k, dst, 32)
      else columns32Bytes(at, ld, k, dst)
    } else edge<f64>(at, kContiguous ? ld : 8, kContiguous ? 8 : ld, lanes - i, k, dst, 4)
    dst += (<usize>k) << 5
  }
}

/** The same for float32 and panels of `width` 4 or 8 lanes. */
export function pack32(
  src: usize,
  ld: usize,
  lanes: i32,
  k: i32,
  kContiguous: bool,
  width: i32,
  dst: usize,
): void {
  const step = (<usize>width) << 2
  for (let i = 0; i < lanes; i += width) {
    const at = src + (kContiguous ? <usize>i * ld : (<usize>i) << 2)
    if (i + width <= lanes) {
      if (kContiguous) {
        rows32(at, ld, k, dst, step)
        if (width == 8) rows32(at + 4 * ld, ld, k, dst + 16, step)
      } else if (width == 8) columns32Bytes(at, ld, k, dst)
      else columns16Bytes(at, ld, k, dst)
    } else edge<f32>(at, kContiguous ? ld : 4, kContiguous ? 4 : ld, lanes - i, k, dst, width)
    dst += <usize>k * step
  }
}

/** Copies `count` runs of `bytes` (a multiple of 4), which lie `srcStep` and `dstStep` bytes apart. */
export function copyRuns(dst: usize, dstStep: usize, src: usize, srcStep: usize, bytes: i32, count: i32): void {
  if (bytes == 4) {
    for (let i = 0; i < count; i++) {
      store<i32>(dst, load<i32>(src))
      dst += dstStep
      src += srcStep
    }
    return
  }
  for (let i = 0; i < count; i++) {
    let p = src
    let q = dst
    let end = p + (<usize>bytes & ~15)
    for (; p < end; p += 16) {
      v128.store(q, v128.load(p))
      q += 16
    }
    end = src + <usize>bytes
    for (; p < end; p += 4) {
      store<i32>(q, load<i32>(p))
      q += 4
    }
    dst += dstStep
    src += srcStep
  }
}

@inline
function addRuns<T>(dst: usize, dstStep: usize, src: usize, srcStep: usize, bytes: usize, count: i32): void {
  const vectors = bytes & ~15
  for (let i = 0; i < count; i++) {
    let c: usize = 0
    for (; c < vectors; c += 16) {
      v128.store(dst + c, v128.add<T>(v128.load(dst + c), v128.load(src + c)))
    }
    for (; c < bytes; c += sizeof<T>()) store<T>(dst + c, load<T>(dst + c) + load<T>(src + c))
    dst += dstStep
    src += srcStep
  }
}

/** Adds `count` runs of `bytes`, one after the other: those of `dst` may overlap. */
export function addRuns32(dst: usize, dstStep: usize, src: usize, srcStep: usize, bytes: usize, count: i32): void {
  addRuns<f32>(dst, dstStep, src, srcStep, bytes, count)
}

export function addRuns64(dst: usize, dstStep: usize, src: usize, srcStep: usize, bytes: usize, count: i32): void {
  addRuns<f64>(dst, dstStep, src, srcStep, bytes, count)
}

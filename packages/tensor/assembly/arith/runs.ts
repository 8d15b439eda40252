/** Copies `count` runs of `bytes` (a multiple of 4), which lie `srcStep` and `dstStep` bytes apart. */
export function copyRuns(dst: usize, dstStep: usize, src: usize, srcStep: usize, bytes: i32, count: i32): void {
  if (dstStep == <usize>bytes && srcStep == <usize>bytes) {
    bytes *= count
    count = 1
  }
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

/**
 * Between a sample and the patches of positions [begin, end) of a line of outputs. The outer taps of the line read at `places` (bytes in
 * the sample, −1 beyond it) and stand `tapBytes` apart in a patch. Along the last axis there are `count` segments of taps that are
 * moved together: where position 0 would have them in the sample and in its patch, bytes, and the positions [from, to)
 * that have them; `step` and `depth` are the bytes from one position to the next. `adds`: patches are added to the sample.
 */
@inline
function line<T>(
  adds: bool,
  sample: usize,
  places: usize,
  outerTaps: i32,
  tapBytes: usize,
  patch: usize,
  depth: usize,
  segments: usize,
  count: i32,
  step: usize,
  begin: i32,
  end: i32,
): void {
  for (let t = 0; t < outerTaps; t++, places += 4, patch += tapBytes) {
    const place = load<i32>(places)
    if (place < 0) continue
    let segment = segments
    for (let s = 0; s < count; s++, segment += 20) {
      const a = max(begin, load<i32>(segment, 12))
      const b = min(end, load<i32>(segment, 16))
      if (a >= b) continue
      const inSample = sample + place + load<i32>(segment, 0) + <usize>a * step
      const inPatch = patch + load<i32>(segment, 4) + <usize>a * depth
      const bytes = load<i32>(segment, 8)
      if (adds) addRuns<T>(inSample, step, inPatch, depth, bytes, b - a)
      else copyRuns(inPatch, depth, inSample, step, bytes, b - a)
    }
  }
}

/** Writes patches. */
export function patchLine(
  sample: usize,
  places: usize,
  outerTaps: i32,
  tapBytes: usize,
  patch: usize,
  depth: usize,
  segments: usize,
  count: i32,
  step: usize,
  begin: i32,
  end: i32,
): void {
  line<f32>(false, sample, places, outerTaps, tapBytes, patch, depth, segments, count, step, begin, end)
}

/** Adds patches up. */
export function addLine32(
  sample: usize,
  places: usize,
  outerTaps: i32,
  tapBytes: usize,
  patch: usize,
  depth: usize,
  segments: usize,
  count: i32,
  step: usize,
  begin: i32,
  end: i32,
): void {
  line<f32>(true, sample, places, outerTaps, tapBytes, patch, depth, segments, count, step, begin, end)
}

export function addLine64(
  sample: usize,
  places: usize,
  outerTaps: i32,
  tapBytes: usize,
  patch: usize,
  depth: usize,
  segments: usize,
  count: i32,
  step: usize,
  begin: i32,
  end: i32,
): void {
  line<f64>(true, sample, places, outerTaps, tapBytes, patch, depth, segments, count, step, begin, end)
}

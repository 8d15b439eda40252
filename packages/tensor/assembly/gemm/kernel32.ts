/**
 * C[4, 8] += A[4, k] B[k, 8] from packed panels: eight accumulators, two B loads and four broadcasts an inner
 * step. Each element adds its products in the order of k, so a tile's place in the matrix never changes its
 * bits. `c` is a row-major float32 block with `ldc` bytes from row to row.
 */
export function kernel32(k: i32, a: usize, b: usize, c: usize, ldc: usize): void {
  let c00 = f32x4.splat(0)
  let c01 = f32x4.splat(0)
  let c10 = f32x4.splat(0)
  let c11 = f32x4.splat(0)
  let c20 = f32x4.splat(0)
  let c21 = f32x4.splat(0)
  let c30 = f32x4.splat(0)
  let c31 = f32x4.splat(0)
  const end = b + <usize>k * 32
  let x: v128
  let b0: v128
  let b1: v128
  const pairs = b + <usize>(k >> 1) * 64
  while (b < pairs) {
    b0 = v128.load(b, 0)
    b1 = v128.load(b, 16)
    x = v128.load32_splat(a, 0)
    c00 = f32x4.add(c00, f32x4.mul(x, b0))
    c01 = f32x4.add(c01, f32x4.mul(x, b1))
    x = v128.load32_splat(a, 4)
    c10 = f32x4.add(c10, f32x4.mul(x, b0))
    c11 = f32x4.add(c11, f32x4.mul(x, b1))
    x = v128.load32_splat(a, 8)
    c20 = f32x4.add(c20, f32x4.mul(x, b0))
    c21 = f32x4.add(c21, f32x4.mul(x, b1))
    x = v128.load32_splat(a, 12)
    c30 = f32x4.add(c30, f32x4.mul(x, b0))
    c31 = f32x4.add(c31, f32x4.mul(x, b1))
    b0 = v128.load(b, 32)
    b1 = v128.load(b, 48)
    x = v128.load32_splat(a, 16)
    c00 = f32x4.add(c00, f32x4.mul(x, b0))
    c01 = f32x4.add(c01, f32x4.mul(x, b1))
    x = v128.load32_splat(a, 20)
    c10 = f32x4.add(c10, f32x4.mul(x, b0))
    c11 = f32x4.add(c11, f32x4.mul(x, b1))
    x = v128.load32_splat(a, 24)
    c20 = f32x4.add(c20, f32x4.mul(x, b0))
    c21 = f32x4.add(c21, f32x4.mul(x, b1))
    x = v128.load32_splat(a, 28)
    c30 = f32x4.add(c30, f32x4.mul(x, b0))
    c31 = f32x4.add(c31, f32x4.mul(x, b1))
    a += 32
    b += 64
  }
  if (b < end) {
    b0 = v128.load(b, 0)
    b1 = v128.load(b, 16)
    x = v128.load32_splat(a, 0)
    c00 = f32x4.add(c00, f32x4.mul(x, b0))
    c01 = f32x4.add(c01, f32x4.mul(x, b1))
    x = v128.load32_splat(a, 4)
    c10 = f32x4.add(c10, f32x4.mul(x, b0))
    c11 = f32x4.add(c11, f32x4.mul(x, b1))
    x = v128.load32_splat(a, 8)
    c20 = f32x4.add(c20, f32x4.mul(x, b0))
    c21 = f32x4.add(c21, f32x4.mul(x, b1))
    x = v128.load32_splat(a, 12)
    c30 = f32x4.add(c30, f32x4.mul(x, b0))
    c31 = f32x4.add(c31, f32x4.mul(x, b1))
  }
  v128.store(c, f32x4.add(v128.load(c), c00))
  v128.store(c, f32x4.add(v128.load(c, 16), c01), 16)
  c += ldc
  v128.store(c, f32x4.add(v128.load(c), c10))
  v128.store(c, f32x4.add(v128.load(c, 16), c11), 16)
  c += ldc
  v128.store(c, f32x4.add(v128.load(c), c20))
  v128.store(c, f32x4.add(v128.load(c, 16), c21), 16)
  c += ldc
  v128.store(c, f32x4.add(v128.load(c), c30))
  v128.store(c, f32x4.add(v128.load(c, 16), c31), 16)
}

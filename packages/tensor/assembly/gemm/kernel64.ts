/**
 * C[4, 4] += A[4, k] B[k, 4] from packed panels: eight accumulators, two B loads and four broadcasts an inner
 * step. Each element adds its products in the order of k, so a tile's place in the matrix never changes its
 * bits. `c` is a row-major float64 block with `ldc` bytes from row to row.
 */
export function kernel64(k: i32, a: usize, b: usize, c: usize, ldc: usize): void {
  let c00 = f64x2.splat(0)
  let c01 = f64x2.splat(0)
  let c10 = f64x2.splat(0)
  let c11 = f64x2.splat(0)
  let c20 = f64x2.splat(0)
  let c21 = f64x2.splat(0)
  let c30 = f64x2.splat(0)
  let c31 = f64x2.splat(0)
  const end = b + <usize>k * 32
  let x: v128
  let b0: v128
  let b1: v128
  const pairs = b + <usize>(k >> 1) * 64
  while (b < pairs) {
    b0 = v128.load(b, 0)
    b1 = v128.load(b, 16)
    x = v128.load64_splat(a, 0)
    c00 = f64x2.add(c00, f64x2.mul(x, b0))
    c01 = f64x2.add(c01, f64x2.mul(x, b1))
    x = v128.load64_splat(a, 8)
    c10 = f64x2.add(c10, f64x2.mul(x, b0))
    c11 = f64x2.add(c11, f64x2.mul(x, b1))
    x = v128.load64_splat(a, 16)
    c20 = f64x2.add(c20, f64x2.mul(x, b0))
    c21 = f64x2.add(c21, f64x2.mul(x, b1))
    x = v128.load64_splat(a, 24)
    c30 = f64x2.add(c30, f64x2.mul(x, b0))
    c31 = f64x2.add(c31, f64x2.mul(x, b1))
    b0 = v128.load(b, 32)
    b1 = v128.load(b, 48)
    x = v128.load64_splat(a, 32)
    c00 = f64x2.add(c00, f64x2.mul(x, b0))
    c01 = f64x2.add(c01, f64x2.mul(x, b1))
    x = v128.load64_splat(a, 40)
    c10 = f64x2.add(c10, f64x2.mul(x, b0))
    c11 = f64x2.add(c11, f64x2.mul(x, b1))
    x = v128.load64_splat(a, 48)
    c20 = f64x2.add(c20, f64x2.mul(x, b0))
    c21 = f64x2.add(c21, f64x2.mul(x, b1))
    x = v128.load64_splat(a, 56)
    c30 = f64x2.add(c30, f64x2.mul(x, b0))
    c31 = f64x2.add(c31, f64x2.mul(x, b1))
    a += 64
    b += 64
  }
  if (b < end) {
    b0 = v128.load(b, 0)
    b1 = v128.load(b, 16)
    x = v128.load64_splat(a, 0)
    c00 = f64x2.add(c00, f64x2.mul(x, b0))
    c01 = f64x2.add(c01, f64x2.mul(x, b1))
    x = v128.load64_splat(a, 8)
    c10 = f64x2.add(c10, f64x2.mul(x, b0))
    c11 = f64x2.add(c11, f64x2.mul(x, b1))
    x = v128.load64_splat(a, 16)
    c20 = f64x2.add(c20, f64x2.mul(x, b0))
    c21 = f64x2.add(c21, f64x2.mul(x, b1))
    x = v128.load64_splat(a, 24)
    c30 = f64x2.add(c30, f64x2.mul(x, b0))
    c31 = f64x2.add(c31, f64x2.mul(x, b1))
  }
  v128.store(c, f64x2.add(v128.load(c), c00))
  v128.store(c, f64x2.add(v128.load(c, 16), c01), 16)
  c += ldc
  v128.store(c, f64x2.add(v128.load(c), c10))
  v128.store(c, f64x2.add(v128.load(c, 16), c11), 16)
  c += ldc
  v128.store(c, f64x2.add(v128.load(c), c20))
  v128.store(c, f64x2.add(v128.load(c, 16), c21), 16)
  c += ldc
  v128.store(c, f64x2.add(v128.load(c), c30))
  v128.store(c, f64x2.add(v128.load(c, 16), c31), 16)
}

import { kernel32 } from './kernel32'
import { kernel64 } from './kernel64'

/**
 * C block += A block B block, one depth block, all packed: `a` holds ceil(m / 4) panels, `b` ceil(n / 4)
 * (float64) or ceil(n / 8) (float32). The C block is padded to whole tiles, `ldc` bytes from row to row.
 */
export function macro64(m: i32, n: i32, k: i32, a: usize, b: usize, c: usize, ldc: usize): void {
  const panel = (<usize>k) << 5
  for (let j = 0; j < n; j += 4) {
    let ap = a
    let cp = c + ((<usize>j) << 3)
    for (let i = 0; i < m; i += 4) {
      kernel64(k, ap, b, cp, ldc)
      ap += panel
      cp += ldc << 2
    }
    b += panel
  }
}

export function macro32(m: i32, n: i32, k: i32, a: usize, b: usize, c: usize, ldc: usize): void {
  const panelA = (<usize>k) << 4
  const panelB = (<usize>k) << 5
  for (let j = 0; j < n; j += 8) {
    let ap = a
    let cp = c + ((<usize>j) << 2)
    for (let i = 0; i < m; i += 4) {
      kernel32(k, ap, b, cp, ldc)
      ap += panelA
      cp += ldc << 2
    }
    b += panelB
  }
}

/**
 * c ← alpha c + beta old over n elements (n a multiple of a vector's lanes); a beta of 0 does not read old.
 */
export function combine64(c: usize, old: usize, n: i32, alpha: f64, beta: f64): void {
  const x = f64x2.splat(alpha)
  const y = f64x2.splat(beta)
  const end = c + ((<usize>n) << 3)
  for (; c < end; c += 16) {
    let v = f64x2.mul(x, v128.load(c))
    if (beta != 0) v = f64x2.add(v, f64x2.mul(y, v128.load(old)))
    v128.store(c, v)
    old += 16
  }
}

export function combine32(c: usize, old: usize, n: i32, alpha: f32, beta: f32): void {
  const x = f32x4.splat(alpha)
  const y = f32x4.splat(beta)
  const end = c + ((<usize>n) << 2)
  for (; c < end; c += 16) {
    let v = f32x4.mul(x, v128.load(c))
    if (beta != 0) v = f32x4.add(v, f32x4.mul(y, v128.load(old)))
    v128.store(c, v)
    old += 16
  }
}

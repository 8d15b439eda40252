import { isFloat, type Tensor } from '@ntk/tensor'
import { expect } from 'vitest'

/** |a − b| within `tolerance` of 1 + |b|, element by element; NaN and infinities must be the same. */
export function expectClose(a: readonly Tensor[], b: readonly Tensor[], tolerance: number): void {
  expect(a.map((x) => [x.dtype, ...x.shape])).toEqual(b.map((x) => [x.dtype, ...x.shape]))
  a.forEach((x, k) => {
    const [p, q] = [x.dataSync(), (b[k] as Tensor).dataSync()]
    let worst = 0
    for (let i = 0; i < p.length; i++) {
      const [u, v] = [p[i] as number, q[i] as number]
      if (Object.is(u, v) || u === v) continue
      worst = Math.max(
        worst,
        Number.isFinite(u - v) ? Math.abs(u - v) / (1 + Math.abs(v)) : Number.POSITIVE_INFINITY,
      )
    }
    expect(worst, `output ${k}: ${Array.from(p)} against ${Array.from(q)}`).toBeLessThanOrEqual(tolerance)
  })
}

export const floatsOnly = (xs: readonly Tensor[]): Tensor[] => xs.filter((x) => isFloat(x.dtype))

export const dot = (a: readonly Tensor[], b: readonly Tensor[]): number => {
  let total = 0
  a.forEach((x, k) => {
    const [p, q] = [x.dataSync(), (b[k] as Tensor).dataSync()]
    for (let i = 0; i < p.length; i++) total += (p[i] as number) * (q[i] as number)
  })
  return total
}

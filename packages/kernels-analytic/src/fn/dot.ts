/** Squared lengths, and products: always summed in this order, so that equal inputs give equal bits. */
export function dot(a: Float64Array, atA: number, b: Float64Array, atB: number, length: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let i = 0
  for (; i + 4 <= length; i += 4) {
    s0 += (a[atA + i] as number) * (b[atB + i] as number)
    s1 += (a[atA + i + 1] as number) * (b[atB + i + 1] as number)
    s2 += (a[atA + i + 2] as number) * (b[atB + i + 2] as number)
    s3 += (a[atA + i + 3] as number) * (b[atB + i + 3] as number)
  }
  for (; i < length; i++) s0 += (a[atA + i] as number) * (b[atB + i] as number)
  return s0 + s1 + (s2 + s3)
}

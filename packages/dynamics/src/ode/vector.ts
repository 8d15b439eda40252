/** The Euclidean norm, also of numbers whose squares are beyond the range of numbers; NaN where one is NaN. */
export function norm(x: Float64Array): number {
  let largest = 0
  for (const v of x) {
    const size = Math.abs(v)
    if (!(size <= largest)) largest = size
  }
  if (largest === 0 || !Number.isFinite(largest)) return largest
  let total = 0
  for (const v of x) total += (v / largest) ** 2
  return largest * Math.sqrt(total)
}

/** y + Σ_j weights[j] vectors[j]. */
export function combine(
  y: Float64Array,
  weights: readonly number[],
  vectors: readonly Float64Array[],
): Float64Array {
  const out = y.slice()
  weights.forEach((w, j) => {
    if (w === 0) return
    const v = vectors[j] as Float64Array
    for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) + w * (v[i] as number)
  })
  return out
}

export function dot(a: Float64Array, b: Float64Array): number {
  let total = 0
  for (let i = 0; i < a.length; i++) total += (a[i] as number) * (b[i] as number)
  return total
}

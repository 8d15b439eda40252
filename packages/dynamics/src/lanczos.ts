import { eigh, key, matmul, norm, normal, powerOfTwoNear, type Tensor, tensorFromData } from '@ntk/tensor'

/** Relative bound on the residual of the Ritz pair; the error of the eigenvalue is its square over the gap. */
const tolerance = 1e-10

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0
  for (let i = 0; i < a.length; i++) total += (a[i] as number) * (b[i] as number)
  return total
}

/** The largest Ritz value of the tridiagonal matrix and the last component of its vector. */
function topRitz(diagonal: readonly number[], off: readonly number[]): { value: number; last: number } {
  const k = diagonal.length
  const t = new Float64Array(k * k)
  for (let i = 0; i < k; i++) {
    t[i * k + i] = diagonal[i] as number
    if (i + 1 < k) t[(i + 1) * k + i] = off[i] as number
  }
  const { values, vectors } = eigh(tensorFromData(t, [k, k]))
  return { value: values.dataSync()[k - 1] as number, last: vectors.dataSync()[k * k - 1] as number }
}

/**
 * The largest eigenvalue of a symmetric positive semi-definite matrix [n, n] by Lanczos steps with full
 * reorthogonalization from a fixed random start: n² work a step and tens of steps, where a decomposition takes n³. Invariant under
 * scale: all but the matrix itself is kept near 1.
 */
export function largestEigenvalue(a: Tensor): number {
  const n = a.shape[0] as number
  const basis: Float64Array[] = []
  const diagonal: number[] = []
  const off: number[] = []
  let q = (normal(key(0), [n]).dataSync() as Float64Array).slice()
  let length = Math.sqrt(dot(q, q))
  let scale = 0
  for (let step = 0; step < n; step++) {
    q = q.map((v) => v / length)
    basis.push(q)
    const w = (matmul(a, tensorFromData(q, [n])).dataSync() as Float64Array).slice()
    if (scale === 0) scale = powerOfTwoNear(norm(tensorFromData(w.slice(), [n]))).item()
    for (let i = 0; i < n; i++) w[i] = (w[i] as number) / scale
    diagonal.push(dot(w, q))
    // twice is enough (Parlett): the second pass removes what rounding left of the first
    for (let pass = 0; pass < 2; pass++) {
      for (const b of basis) {
        const c = dot(w, b)
        for (let i = 0; i < n; i++) w[i] = (w[i] as number) - c * (b[i] as number)
      }
    }
    length = Math.sqrt(dot(w, w))
    const due = step < 8 || step % 8 === 7 || step === n - 1
    if (due || length === 0) {
      const { value, last } = topRitz(diagonal, off)
      if (length * Math.abs(last) <= tolerance * Math.abs(value) || step === n - 1) return value * scale
    }
    off.push(length)
    q = w
  }
  return (diagonal[0] as number) * scale
}

/** Plain row-major matrix helpers, written without the kernels under test. */

export function random(n: number, seed: number): Float64Array {
  let s = seed >>> 0
  return new Float64Array(n).map(() => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0
    return s / 2 ** 31 - 1
  })
}

export function identity(n: number): Float64Array {
  return new Float64Array(n * n).map((_, at) => (at % (n + 1) === 0 ? 1 : 0))
}

export function multiply(a: Float64Array, b: Float64Array, m: number, n: number, k: number): Float64Array {
  const c = new Float64Array(m * n)
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const x = a[i * k + p] as number
      for (let j = 0; j < n; j++) c[i * n + j] = (c[i * n + j] as number) + x * (b[p * n + j] as number)
    }
  }
  return c
}

export function transpose(a: Float64Array, m: number, n: number): Float64Array {
  return new Float64Array(m * n).map((_, at) => a[(at % m) * n + Math.floor(at / m)] as number)
}

export function subtract(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, i) => x - (b[i] as number))
}

export function norm(a: Float64Array): number {
  return Math.sqrt(a.reduce((sum, x) => sum + x * x, 0))
}

/** Symmetric positive definite with a condition number of some hundreds. */
export function spd(n: number, seed: number): Float64Array {
  const x = random(n * n, seed)
  return multiply(x, transpose(x, n, n), n, n, n).map((y, at) => y + (at % (n + 1) === 0 ? n / 10 : 0))
}

/** How many elements are not the same number, zeros told apart by sign: quick on long arrays. */
export function differences(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let count = Math.abs(a.length - b.length)
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (!Object.is(a[i], b[i])) count++
  return count
}

import { describe, expect, it } from 'vitest'
import { gemm, syrk } from '../../src/cpu/wasm/index.js'
import { differences } from './matrices.js'

type FloatArray = Float64Array | Float32Array

function noise(seed: number): () => number {
  let s = seed >>> 0
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0
    return s / 2 ** 31 - 1
  }
}

function random(make: typeof Float64Array | typeof Float32Array, n: number, seed: number): FloatArray {
  const next = noise(seed)
  return new make(n).map(() => next())
}

const kinds = [
  { name: 'float64', make: Float64Array, eps: 2 ** -52 },
  { name: 'float32', make: Float32Array, eps: 2 ** -23 },
] as const

describe.each(kinds)('gemm in $name', ({ make, eps }) => {
  const shapes: [number, number, number][] = [
    [1, 1, 1],
    [3, 5, 7],
    [4, 8, 256],
    [5, 9, 257],
    [130, 70, 33],
    [131, 70, 600],
    [17, 6, 4500],
    [1, 300, 300],
    [300, 1, 300],
  ]
  it.each(shapes)('agrees with the defining sums for m, n, k = %i, %i, %i, transposed or not', (m, n, k) => {
    for (const [ta, tb] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const lda = (ta ? m : k) + 3
      const ldb = (tb ? k : n) + 1
      const ldc = n + 2
      const a = random(make, lda * (ta ? k : m) + 5, 1)
      const b = random(make, ldb * (tb ? n : k) + 7, 2)
      const c = random(make, ldc * m + 2, 3)
      const before = c.slice()
      gemm(
        m,
        n,
        k,
        0.5,
        { data: a, offset: 5, ld: lda, transposed: ta },
        { data: b, offset: 7, ld: ldb, transposed: tb },
        -2,
        { data: c, offset: 2, ld: ldc },
      )
      let worst = 0
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0
          let size = 0
          for (let p = 0; p < k; p++) {
            const x = a[5 + (ta ? p * lda + i : i * lda + p)] as number
            const y = b[7 + (tb ? j * ldb + p : p * ldb + j)] as number
            sum += x * y
            size += Math.abs(x * y)
          }
          const at = 2 + i * ldc + j
          const want = 0.5 * sum - 2 * (before[at] as number)
          worst = Math.max(worst, Math.abs((c[at] as number) - want) / (size + Math.abs(want)))
        }
      }
      expect(worst).toBeLessThan(eps * Math.sqrt(k) * 2)
      expect(c[2 + n]).toBe(before[2 + n])
    }
  })

  it('gives the same bits however the rows and columns are partitioned', () => {
    const [m, n, k] = [37, 41, 530]
    const a = random(make, m * k, 4)
    const b = random(make, k * n, 5)
    const whole = new make(m * n)
    gemm(m, n, k, 1, { data: a, offset: 0, ld: k }, { data: b, offset: 0, ld: n }, 0, {
      data: whole,
      offset: 0,
      ld: n,
    })
    const parts = new make(m * n).fill(Number.NaN)
    for (const [i0, i1] of [
      [0, 1],
      [1, 6],
      [6, 37],
    ] as const) {
      for (const [j0, j1] of [
        [0, 13],
        [13, 41],
      ] as const) {
        gemm(i1 - i0, j1 - j0, k, 1, { data: a, offset: i0 * k, ld: k }, { data: b, offset: j0, ld: n }, 0, {
          data: parts,
          offset: i0 * n + j0,
          ld: n,
        })
      }
    }
    expect(differences(parts, whole)).toBe(0)
  })

  it('computes A Aᵀ with the bits of the general product, exactly symmetric', () => {
    const [n, k] = [201, 270]
    const a = { data: random(make, n * k, 6), offset: 0, ld: k }
    const general = new make(n * n)
    gemm(n, n, k, 0.25, a, { ...a, transposed: true }, 0, { data: general, offset: 0, ld: n })
    const symmetric = new make(n * n).fill(7)
    syrk(n, k, 0.25, a, 0, { data: symmetric, offset: 0, ld: n })
    expect(differences(symmetric, general)).toBe(0)
    const columns = new make(n * n)
    const transposed = new make(n * k)
    for (let i = 0; i < n; i++)
      for (let p = 0; p < k; p++) transposed[p * n + i] = a.data[i * k + p] as number
    syrk(n, k, 0.25, { data: transposed, offset: 0, ld: n, transposed: true }, 0, {
      data: columns,
      offset: 0,
      ld: n,
    })
    expect(differences(columns, general)).toBe(0)
  })

  it('never reads C when beta is 0, and clears or scales it when there is nothing to sum', () => {
    const c = new make(4).fill(Number.NaN)
    const a = { data: new make([1, 2]), offset: 0, ld: 1 }
    const b = { data: new make([3, 4]), offset: 0, ld: 2 }
    gemm(2, 2, 1, 1, a, b, 0, { data: c, offset: 0, ld: 2 })
    expect([...c]).toEqual([3, 4, 6, 8])
    gemm(2, 2, 0, 1, a, b, 2, { data: c, offset: 0, ld: 2 })
    expect([...c]).toEqual([6, 8, 12, 16])
    gemm(2, 2, 0, 1, a, b, 0, { data: c.fill(Number.NaN), offset: 0, ld: 2 })
    expect([...c]).toEqual([0, 0, 0, 0])
  })
})

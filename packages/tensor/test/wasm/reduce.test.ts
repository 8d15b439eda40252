import { describe, expect, it } from 'vitest'
import { reduceColumns, reduceRows } from '../../src/cpu/wasm/index.js'

const shapes: [number, number][] = [
  [1, 1],
  [3, 7],
  [5, 1024],
  [2, 1025],
  [2, 5000],
  [1000, 3],
  [300, 129],
  [2, 9001],
  [0, 4],
  [4, 0],
]

function fill(make: typeof Float64Array | typeof Float32Array, n: number): Float64Array | Float32Array {
  return new make(n).map((_, i) => Math.sin(i * i) * 10 ** (i % 5))
}

/** Sum with Neumaier's correction: an oracle better than the sums under test. */
function exactSum(values: number[]): number {
  let sum = 0
  let lost = 0
  for (const x of values) {
    const next = sum + x
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum
    sum = next
  }
  return sum + lost
}

const kinds = [
  { name: 'float64', make: Float64Array },
  { name: 'float32', make: Float32Array },
] as const

describe.each(kinds)('reductions in $name', ({ make }) => {
  it.each(shapes)('sums, maxima and minima of a [%i, %i] matrix agree with the definition', (rows, cols) => {
    const a = fill(make, rows * cols)
    const row = (r: number): number[] => Array.from(a.subarray(r * cols, (r + 1) * cols))
    const column = (c: number): number[] => Array.from({ length: rows }, (_, r) => a[r * cols + c] as number)
    for (const [reduce, count, pick] of [
      [reduceRows, rows, row],
      [reduceColumns, cols, column],
    ] as const) {
      const out = new make(count)
      reduce('max', a, rows, cols, out)
      expect([...out]).toEqual(Array.from({ length: count }, (_, i) => Math.max(...pick(i))))
      reduce('min', a, rows, cols, out)
      expect([...out]).toEqual(Array.from({ length: count }, (_, i) => Math.min(...pick(i))))
      reduce('sum', a, rows, cols, out)
      const errors = Array.from(out, (sum, i) => {
        const size = exactSum(pick(i).map(Math.abs))
        return size === 0 ? Math.abs(sum) : Math.abs(sum - exactSum(pick(i))) / size
      })
      expect(Math.max(0, ...errors)).toBeLessThanOrEqual(make === Float64Array ? 4e-16 : 6e-8)
    }
  })

  it('carries NaN through every reduction, wherever it stands', () => {
    for (const at of [0, 5, 1500, 2999]) {
      const a = new make(3000).fill(1)
      a[at] = Number.NaN
      const one = new make(1)
      for (const op of ['sum', 'max', 'min'] as const) {
        reduceRows(op, a, 1, 3000, one)
        expect(one[0]).toBeNaN()
        reduceColumns(op, a, 3000, 1, one)
        expect(one[0]).toBeNaN()
      }
    }
  })
})

import { key, normal } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { dot } from '../src/fn/dot.js'
import type { InputSet } from '../src/fn/input.js'
import { eachNearlyParallel, lengthsAndPlaces } from '../src/fn/parallel.js'

function set(data: Float64Array, n: number): InputSet {
  const channels = data.length / n
  const square = new Float64Array(n).map((_, i) => dot(data, i * channels, data, i * channels, channels))
  const { place } = lengthsAndPlaces(data, channels)
  const shape = [n, channels]
  const variance = square.map((s) => s / channels)
  return { data, n, positions: 1, channels, layout: 'vector', shape, square, variance, place, mask: null }
}

/** The pairs with sine below `sine`, by looking at each: [i, j]. */
function bruteForce(a: InputSet, b: InputSet, sine: number): string[] {
  const pairs: string[] = []
  const c = a.channels
  for (let i = 0; i < a.n; i++) {
    for (let j = 0; j < b.n; j++) {
      const product = dot(a.data, i * c, b.data, j * c, c)
      const lengths = (a.square[i] as number) * (b.square[j] as number)
      if (lengths > 0 && 1 - product ** 2 / lengths < sine ** 2) pairs.push(`${i} ${j}`)
    }
  }
  return pairs
}

describe.each([1, 2, 3, 40])('nearly parallel samples of %i features', (channels) => {
  test.each([1e-2, 1e-6])('are all found at a sine of %f, and few others', (sine) => {
    const n = 60
    const a = normal(key(channels), [n, channels]).dataSync() as Float64Array
    const b = normal(key(channels + 100), [n, channels]).dataSync() as Float64Array
    // copies, multiples, opposites, and turned by all angles down to far below the limit
    for (let i = 0; i < 40; i++) {
      const factor = [1, 3, -1, -0.2][i % 4] as number
      for (let c = 0; c < channels; c++) {
        const off = i < 8 ? 0 : 10 ** (-i / 3) * Math.sin(7 * i + c)
        b[i * channels + c] = factor * (a[i * channels + c] as number) + off
      }
    }
    a.fill(0, 50 * channels, 51 * channels)
    b.fill(0, 45 * channels, 46 * channels)
    const [x, y] = [set(a, n), set(b, n)]
    const found = new Set<string>()
    eachNearlyParallel({ a: x, atA: 0, m: n, b: y, atB: 0, n }, sine, (i, j) => found.add(`${i} ${j}`))
    const wanted = bruteForce(x, y, sine)
    expect(wanted.length).toBeGreaterThan(20)
    for (const pair of wanted) expect(found).toContain(pair)
    if (channels > 2) expect(found.size).toBeLessThan(wanted.length + n * n * sine * 30 + 5)
    expect([...found].filter((pair) => pair.startsWith('50 ') || pair.endsWith(' 45'))).toEqual([])
  })
})

test('rows and columns of a part of the sets are counted from its beginning', () => {
  const x = set(Float64Array.of(1, 0, 0, 1, 2, 0, 0, 5), 4)
  const found: [number, number][] = []
  eachNearlyParallel({ a: x, atA: 1, m: 2, b: x, atB: 2, n: 2 }, 1e-6, (i, j) => found.push([i, j]))
  expect(found).toEqual([
    [0, 1],
    [1, 0],
  ])
})

test('samples may have hundreds of thousands of features', () => {
  const n = 300_000
  const data = new Float64Array(2 * n).map((_, i) => Math.cos(i % n) * (i < n ? 1 : -3))
  const x = set(data, 2)
  expect(x.place[0]).toBeCloseTo(x.place[1] as number, 13)
})

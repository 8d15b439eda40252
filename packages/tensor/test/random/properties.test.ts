import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bernoulli,
  foldIn,
  type Key,
  key,
  NtkError,
  normal,
  permutation,
  randomBits,
  randomInt,
  split,
  type Tensor,
  tensor,
  uniform,
} from '../../src/index.js'

const seeds = fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 })
const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 })

function moments(x: Tensor): { mean: number; variance: number; skew: number; kurtosis: number } {
  const data = x.dataSync()
  const about = (power: number, centre: number): number => {
    let sum = 0
    for (const v of data) sum += (v - centre) ** power
    return sum / data.length
  }
  const mean = about(1, 0)
  const variance = about(2, mean)
  return { mean, variance, skew: about(3, mean) / variance ** 1.5, kurtosis: about(4, mean) / variance ** 2 }
}

function correlation(x: Tensor, y: Tensor): number {
  const a = x.dataSync()
  const b = y.dataSync()
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum / a.length
}

const code = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (NtkError.isInstance(error)) return error.code
    throw error
  }
  return 'no error'
}

describe('random numbers', () => {
  it('are the same for the same key, and depend on the shape only through its size', () => {
    fc.assert(
      fc.property(
        seeds,
        shapes,
        fc.constantFrom('float64' as const, 'float32' as const),
        (seed, shape, dtype) => {
          const size = shape.reduce((a, b) => a * b, 1)
          const x = normal(key(seed), shape, { dtype })
          expect(x.shape).toEqual(shape)
          expect(x.dtype).toBe(dtype)
          expect(x.dataSync()).toEqual(normal(key(seed), [size], { dtype }).dataSync())
          expect(uniform(key(seed), shape).dataSync()).toEqual(uniform(key(seed), [size]).dataSync())
        },
      ),
    )
  })

  it('do not change when more are drawn', () => {
    const short = normal(key(5), [3000]).dataSync()
    expect(normal(key(5), [9000]).dataSync().subarray(0, 3000)).toEqual(short)
    expect(split(key(5), 9).slice(0, 4)).toEqual(split(key(5), 4))
  })

  // Six standard errors: n = 200,000 draws from a fixed key.
  const n = 200_000
  const bound = (variance: number): number => 6 * Math.sqrt(variance / n)
  it.each(['float64', 'float32'] as const)('have the moments of the normal distribution in %s', (dtype) => {
    const { mean, variance, skew, kurtosis } = moments(normal(key(1), [n], { dtype }))
    expect(Math.abs(mean)).toBeLessThan(bound(1))
    expect(Math.abs(variance - 1)).toBeLessThan(bound(2))
    expect(Math.abs(skew)).toBeLessThan(bound(6))
    expect(Math.abs(kurtosis - 3)).toBeLessThan(bound(24))
  })

  it.each(['float64', 'float32'] as const)('fill the interval of the uniform distribution in %s', (dtype) => {
    const x = uniform(key(2), [n], { dtype, min: -1, max: 3 })
    const { mean, variance } = moments(x)
    expect(Math.abs(mean - 1)).toBeLessThan(bound(16 / 12))
    expect(Math.abs(variance - 16 / 12)).toBeLessThan(bound(2))
    expect(x.dataSync().every((v: number) => v >= -1 && v < 3)).toBe(true)
  })

  it('are uncorrelated between split, folded and neighbouring keys', () => {
    const k = key(3)
    const [a, b] = split(k)
    const draws = [k, a, b, foldIn(k, 2), foldIn(k, 3), key(4)].map((each) => normal(each, [n]))
    draws.forEach((x, i) => {
      for (const y of draws.slice(i + 1)) expect(Math.abs(correlation(x, y))).toBeLessThan(bound(1))
    })
  })

  it('give each bit the same chance', () => {
    const bits = randomBits(key(6), [n])
    for (let bit = 0; bit < 32; bit++) {
      let ones = 0
      for (const word of bits) ones += (word >>> bit) & 1
      expect(Math.abs(ones / n - 0.5)).toBeLessThan(bound(0.25))
    }
  })

  it('give each integer and each outcome its chance', () => {
    const counts = new Array<number>(7).fill(0)
    for (const v of randomInt(key(7), [n], { min: -3, max: 4 }).dataSync()) counts[v + 3]!++
    for (const count of counts) expect(Math.abs(count / n - 1 / 7)).toBeLessThan(bound(1 / 7))
    const hits = bernoulli(key(8), [n], { p: 0.2 }).dataSync()
    expect(Math.abs(moments(tensor(Float64Array.from(hits))).mean - 0.2)).toBeLessThan(bound(0.16))
    expect(bernoulli(key(8), [100], { p: 0 }).dataSync().includes(1)).toBe(false)
    expect(bernoulli(key(8), [100], { p: 1 }).dataSync().includes(0)).toBe(false)
  })

  it('permute: each index once, rows whole, arrays by reference', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 300 }), (seed, size) => {
        const order = Array.from(permutation(key(seed), size).dataSync())
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i))
        const words = order.map((i) => `w${i}`)
        expect(permutation(key(seed), [...words].sort())).toHaveLength(size)
      }),
    )
    expect(permutation(key(1), ['a', 'b', 'c', 'd'])).toEqual(
      Array.from(permutation(key(1), 4).dataSync(), (i) => 'abcd'[i]),
    )
  })

  it('put each item into each place equally often', () => {
    const trials = 20_000
    const counts = Array.from({ length: 4 }, () => new Array<number>(4).fill(0))
    for (const k of split(key(10), trials))
      permutation(k, [0, 1, 2, 3]).forEach((item, at) => counts[item]![at]!++)
    for (const count of counts.flat()) {
      expect(Math.abs(count / trials - 0.25)).toBeLessThan(6 * Math.sqrt(0.1875 / trials))
    }
  })
})

describe('wrong arguments of random functions', () => {
  it('end in errors that name them', () => {
    expect(code(() => key(0.5))).toBe('value')
    expect(code(() => key(2 ** 60))).toBe('value')
    expect(code(() => split(key(0), -1))).toBe('value')
    expect(code(() => foldIn(key(0), -1))).toBe('value')
    expect(code(() => normal(undefined as unknown as Key, [2]))).toBe('value')
    expect(code(() => normal({ words: [1, -1] }, [2]))).toBe('value')
    expect(code(() => normal(key(0), [-2]))).toBe('shape')
    expect(code(() => normal(key(0), [2], { dtype: 'int32' as 'float32' }))).toBe('dtype')
    expect(code(() => uniform(key(0), [2], { min: 1, max: 1 }))).toBe('option')
    expect(code(() => uniform(key(0), [2], { max: Infinity }))).toBe('option')
    expect(code(() => bernoulli(key(0), [2], { p: 1.1 }))).toBe('option')
    expect(code(() => randomInt(key(0), [2], { max: 0 }))).toBe('option')
    expect(code(() => randomInt(key(0), [2], { min: 0.5, max: 2 }))).toBe('option')
    expect(code(() => permutation(key(0), -1))).toBe('value')
    expect(code(() => permutation(key(0), tensor(3)))).toBe('shape')
    expect(code(() => randomBits(key(0), [2], 16 as 32))).toBe('option')
  })
})

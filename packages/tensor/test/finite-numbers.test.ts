import { firstNotFinite, requireFinite, requireFloats } from '@ntk/tensor/options'
import { describe, expect, it } from 'vitest'
import { tensor } from '../src/index.js'

describe('numbers that must be finite', () => {
  it.each([
    [[], -1],
    [[1, 1.7e308, -0, 5e-324], -1],
    [[1, Number.NaN], 1],
    [[1, 2, -Infinity, Number.NaN], 2],
  ])('the first of %j that is not is at %i', (numbers, at) => {
    expect(firstNotFinite(Float64Array.from(numbers))).toBe(at)
    expect(firstNotFinite(numbers)).toBe(at)
  })

  it('a refusal names the number by its place in the array, and the way out', () => {
    const numbers = Float64Array.of(1, 2, 3, 4, 5, Infinity)
    expect(() => requireFinite(numbers, [2, 3], 'y of fit', 'Remove that row.')).toThrow(
      'y of fit needs finite numbers. Got Infinity at [1, 2]. Remove that row.',
    )
    expect(() => requireFinite(numbers.subarray(0, 5), [5], 'y of fit')).not.toThrow()
  })

  it('tensors of floats pass, others are refused by their dtype', () => {
    expect(() => requireFloats(tensor([1, 2]), 'k')).not.toThrow()
    expect(() => requireFloats(tensor([1, 2], { dtype: 'int32' }), 'k')).toThrow(/k needs float64 or float32/)
    expect(() => requireFloats([1, 2], 'k')).toThrow(/k must be a tensor/)
  })
})

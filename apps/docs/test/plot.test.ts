import { expect, test } from 'vitest'
import { logarithmic } from '../src/demo/plot.js'

const shown = (low: number, high: number, base: 2 | 10 = 10): string[] => {
  const { ticks, show } = logarithmic([low, high], [0, 100], base)
  return ticks.map(show)
}

test('a logarithmic axis has powers as ticks, and at least two numbers where few powers are in sight', () => {
  expect(shown(1e-3, 1)).toEqual(['10⁻³', '10⁻²', '10⁻¹', '10⁰'])
  expect(shown(3.2, 62)).toEqual(['5', '10', '20', '50'])
  expect(shown(2.1e-5, 9e-5)).toEqual(['5·10⁻⁵'])
  expect(shown(0.15, 3)).toEqual(['0.2', '0.5', '1', '2'])
  expect(shown(8, 64, 2)).toEqual(['8', '16', '32', '64'])
})

/** The rest of a series behind its last coefficient, of functions with a kink at 0: against closed forms and integrals in the plane. */
import { jvp } from '@ntk/autodiff'
import { onesLike, relu, sub, type Tensor, tanh, tensor, type Value } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { activations } from '../src/index.js'
import { polarDistance, polarExpectation } from '../src/quadrature/polar.js'
import {
  type Correlation,
  type Series,
  seriesDistance,
  seriesOf,
  seriesSum,
} from '../src/quadrature/series.js'

type Fn = (x: Value) => Value
const slopeOf =
  (f: Fn): Fn =>
  (x) =>
    jvp(f, [x], [onesLike(x)])[1]

const series = (f: Fn, v: number): Series => {
  const found = seriesOf(f, [v], 1, tensor(0)).get(v)
  if (found === null || found === undefined) throw new Error('no series')
  return found
}
const cell = (x: number): Tensor => tensor([[[x]]])
const at = (c: number): Correlation => ({ c, root: Math.sqrt((1 - c) * (1 + c)) })
const resolution = { angular: 48, radial: 84 }
const correlations = [0.3, 0.9, -0.9, 0.97, 0.999, -0.999, 1 - 1e-6, 1, -1]

describe('the series of ReLU at every angle', () => {
  const [value, slope] = [series(relu, 1), series(slopeOf(relu), 1)]
  test.each([0.5, 0.1, 1e-2, 1e-3, 1e-5, 1e-8, 0])('%f', (angle) => {
    const r = { c: Math.cos(angle), root: Math.sin(angle) }
    const half = (Math.PI - angle) / (2 * Math.PI)
    expect(seriesSum(slope, slope, r)).toBeCloseTo(half, 13)
    expect(seriesSum(value, value, r)).toBeCloseTo(half * r.c + r.root / (2 * Math.PI), 14)
    const opposite = seriesSum(slope, slope, { c: -r.c, root: r.root })
    expect(opposite).toBeCloseTo(angle / (2 * Math.PI), 13)
    // E[(u₊ − v₊)²] = 1 − 2 T
    const apart = 1 - 2 * (half * r.c + r.root / (2 * Math.PI))
    expect(Math.abs((seriesDistance(value, value, r) as number) - apart)).toBeLessThan(2e-15)
  })
})

describe('the series of functions with a kink agree with integrals in the plane to 3e-14', () => {
  const selu: Fn = (x) => activations.Selu.apply(x, {})
  test.each([
    ['Elu', (x: Value): Value => activations.Elu.apply(x, { alpha: 0.8 })],
    ['the slope of Selu', slopeOf(selu)],
    ['the slope of Celu', slopeOf((x) => activations.Celu.apply(x, { alpha: 1.3 }))],
  ] as const)('%s', (_, f) => {
    for (const [v1, v2] of [
      [1e-6, 1e-6],
      [1e-6, 2],
      [0.7, 0.9],
      [6, 1],
    ] as const) {
      const [a, b] = [series(f, v1), series(f, v2)]
      const size = Math.sqrt((seriesSum(a, a, at(1)) ?? Number.NaN) * (seriesSum(b, b, at(1)) ?? Number.NaN))
      for (const c of correlations) {
        const pair = { q: cell(c * Math.sqrt(v1 * v2)), q11: cell(v1), q22: cell(v2) }
        const plane = polarExpectation(f, f, pair, 1, resolution) as Tensor
        const sum = seriesSum(a, b, at(c)) ?? Number.NaN
        // The root of 1 − c² has an error of its own in either way.
        const tol = Math.abs(c) === 1 && v1 !== v2 ? 1e-8 : 3e-14
        expect(Math.abs(sum - plane.item()) / size).toBeLessThan(tol)
        if (c < 0.95 || Math.max(v1, v2) > 2 * Math.min(v1, v2)) continue
        const apart = polarDistance(f, pair, 1, resolution) as Tensor
        const distance = seriesDistance(a, b, at(c)) ?? Number.NaN
        expect(Math.abs(distance - apart.item()) / size).toBeLessThan(tol)
      }
    }
  })
})

describe('a tail is refused', () => {
  // Its derivatives at 0 grow as factorials: powers of 1/k serve small variances only.
  test('where powers do not fit, as of Softsign at large variances', () => {
    const softsign: Fn = (x) => activations.Softsign.apply(x, {})
    const plane = polarExpectation(
      softsign,
      softsign,
      { q: cell(0.19), q11: cell(0.2), q22: cell(0.2) },
      1,
      resolution,
    ) as Tensor
    const small = series(softsign, 0.2)
    expect((seriesSum(small, small, at(0.95)) ?? Number.NaN) / plane.item()).toBeCloseTo(1, 13)
    expect(series(softsign, 4).tail).toBeNull()
  })

  test('where the kink is not at 0', () => {
    const moved = seriesOf((x) => relu(sub(x, 1)), [1], 1, tensor(0)).get(1)
    expect(moved?.tail).toBeNull()
    expect(moved && seriesSum(moved, moved, at(0.99))).toBeNull()
    expect(moved && seriesDistance(moved, moved, at(0.99))).toBeNull()
  })

  test('where a function is smooth and its coefficients have not fallen yet', () => {
    const far = seriesOf((x) => tanh(x), [7.5], 1, tensor(0)).get(7.5)
    expect(far?.tail).toBeNull()
    expect(seriesOf((x) => tanh(x), [30], 1, tensor(0)).get(30)).toBeNull()
  })
})

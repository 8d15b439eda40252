import { expect, test } from 'vitest'
import { type Evaluation, lbfgs } from '../src/optimize/lbfgs.js'
import { type Along, strongWolfe } from '../src/optimize/line-search.js'
import { expectNear, refusal } from './support.js'

const rosenbrock = (x: Float64Array): Evaluation => {
  const gradient = new Float64Array(x.length)
  let value = 0
  for (let i = 0; i + 1 < x.length; i++) {
    const [a, b] = [x[i] as number, x[i + 1] as number]
    value += 100 * (b - a * a) ** 2 + (1 - a) ** 2
    gradient[i] = (gradient[i] as number) - 400 * a * (b - a * a) - 2 * (1 - a)
    gradient[i + 1] = (gradient[i + 1] as number) + 200 * (b - a * a)
  }
  return { value, gradient }
}

const bowl = (x: Float64Array): Evaluation => ({
  value: x.reduce((sum, v, i) => sum + ((i + 1) * (v - i) ** 2) / 2, 0),
  gradient: x.map((v, i) => (i + 1) * (v - i)),
})

test.each([2, 10])("finds the end of Rosenbrock's valley in %d dimensions", async (n) => {
  const start = Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1.2 : 1))
  const { x, value, because, evaluations } = await lbfgs(rosenbrock, start, { iterations: 300, relative: 0 })
  expectNear(x, new Float64Array(n).fill(1), 1e-6)
  expect(value).toBeLessThan(1e-12)
  expect(because).toBe('gradient')
  expect(evaluations).toBeLessThan(n * 60)
})

test('finds the bottom of a quadratic in about as many steps as it has directions', async () => {
  const { x, iterations } = await lbfgs(bowl, new Float64Array(8).fill(20))
  expectNear(x, [0, 1, 2, 3, 4, 5, 6, 7], 1e-5)
  expect(iterations).toBeLessThan(25)
})

test('stays where a function is flat', async () => {
  const start = Float64Array.from([3, 4])
  const { x, because, evaluations } = await lbfgs(() => ({ value: 5, gradient: new Float64Array(2) }), start)
  expectNear(x, start, 0)
  expect([because, evaluations]).toEqual(['gradient', 1])
})

test.each([Number.NaN, Infinity, -Infinity])('keeps out of where a function is %s', async (bad) => {
  // falls towards 1, beyond which it is not defined: −log(1 − x) + 50 (x − 0.9)²
  const walled = ([x = 0]: Float64Array): Evaluation =>
    x >= 1
      ? { value: bad, gradient: Float64Array.of(bad) }
      : {
          value: -Math.log(1 - x) / 100 + (x - 0.9) ** 2,
          gradient: Float64Array.of(0.01 / (1 - x) + 2 * (x - 0.9)),
        }
  const { x, gradient } = await lbfgs(walled, Float64Array.of(-30))
  expect(Math.abs(gradient[0] as number)).toBeLessThan(1e-5)
  expect(x[0]).toBeGreaterThan(0.8)
  expect(await refusal(() => lbfgs(walled, Float64Array.of(2)))).toMatch(/^not-finite: .*where it starts/)
})

test('ends on bounds, where the rest of the variables goes on', async () => {
  const upper = [10, 0.5, 10, 1, 10]
  const lower = [2, -10, -10, -10, -10]
  const { x, because } = await lbfgs(bowl, new Float64Array(5).fill(-3), { lower, upper, relative: 0 })
  expectNear(x, [2, 0.5, 2, 1, 4], 1e-5)
  expect(because).toBe('gradient')
})

test('leaves a bound again that it came to on its way', async () => {
  const start = Float64Array.from([-1.2, 1])
  const { x } = await lbfgs(rosenbrock, start, {
    lower: [-1.2, 0],
    upper: [2, 2],
    iterations: 300,
    relative: 0,
  })
  expectNear(x, [1, 1], 1e-6)
})

test.each([1e-3, 0.1, 1, 10, 1000])(
  'a step from a first one of %d fulfils the strong Wolfe conditions',
  async (first) => {
    // (x − 2)⁴ + sin 3x, with hills on the way
    const at = async (step: number): Promise<Along> => ({
      step,
      value: (step - 2) ** 4 + Math.sin(3 * step),
      slope: 4 * (step - 2) ** 3 + 3 * Math.cos(3 * step),
    })
    const start = await at(0)
    const found = await strongWolfe(at, start, first, Infinity)
    expect(found).not.toBeNull()
    const { step, value, slope } = found as Along
    expect(value).toBeLessThanOrEqual(start.value + 1e-4 * step * start.slope)
    expect(Math.abs(slope)).toBeLessThanOrEqual(0.9 * Math.abs(start.slope))
  },
)

test('a step ends where it must, and there is none up the hill', async () => {
  const falling = async (step: number): Promise<Along> => ({ step, value: -step, slope: -1 })
  expect(await strongWolfe(falling, await falling(0), 1, 7)).toEqual({ step: 7, value: -7, slope: -1 })
  const rising = async (step: number): Promise<Along> => ({ step, value: step, slope: -1 })
  expect(await strongWolfe(rising, { step: 0, value: 0, slope: -1 }, 1, 7)).toBeNull()
})

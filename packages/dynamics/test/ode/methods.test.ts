import { describe, expect, test } from 'vitest'
import { atOnce, integrate, methods } from '../../src/ode/integrate.js'
import type { Method, Problem } from '../../src/ode/problem.js'
import { norm } from '../../src/ode/vector.js'

/** y' = s (y1 − y1², y1 − y2) with s = 1 + cos t: in the time t + sin t the logistic equation, and one that it drives. Linearized by hand. */
const logistic: Problem = {
  slope: (t, y) => scaled(autonomous(y), 1 + Math.cos(t)),
  errorOf: (error) => norm(error) / 1e-9,
  linearize(t, y) {
    const s = 1 + Math.cos(t)
    const [a, c, d] = [s * (1 - 2 * (y[0] as number)), s, -s]
    return {
      timeSlope: scaled(autonomous(y), -Math.sin(t)),
      shifted: (h) => (r) => {
        const first = (r[0] as number) / (1 - h * a)
        return Float64Array.of(first, ((r[1] as number) + h * c * first) / (1 - h * d))
      },
    }
  },
}

const autonomous = (y: Float64Array): Float64Array => {
  const [u, v] = [y[0] as number, y[1] as number]
  return Float64Array.of(u - u * u, u - v)
}
const scaled = (y: Float64Array, by: number): Float64Array => y.map((v) => v * by)

const start = Float64Array.of(0.2, -1)
/** y1 = 1 / (1 + 4 e^{−s}); (y2 e^s)' = y1 e^s gives y2 = (−1 + e^s − 1 − 4 log((e^s + 4) / 5)) e^{−s}. */
function exact(t: number): Float64Array {
  const s = t + Math.sin(t)
  return Float64Array.of(
    1 / (1 + 4 * Math.exp(-s)),
    (Math.exp(s) - 2 - 4 * Math.log((Math.exp(s) + 4) / 5)) * Math.exp(-s),
  )
}
const apart = (a: Float64Array, b: Float64Array): number => norm(a.map((v, i) => v - (b[i] as number)))

/** Errors at the end, at the middle of the last step, and of the first step by the method's own estimate, with steps of one size. */
function errors(
  method: Method,
  problem: Problem,
  y0: Float64Array,
  solution: (t: number) => Float64Array,
  end: number,
  steps: number,
) {
  const h = end / steps
  let y = y0
  let estimate = 0
  let middle = 0
  for (let i = 0; i < steps; i++) {
    const step = method.step(problem, i * h, y, problem.slope(i * h, y), h)
    if (step === null) throw new Error('a step was refused')
    if (i === 0) estimate = norm(step.error)
    middle = Math.max(middle, apart(step.at(0.4), solution((i + 0.4) * h)))
    y = step.y
  }
  return { end: apart(y, solution(end)), middle, estimate }
}

const slopeOf = (coarse: number, fine: number): number => Math.log2(coarse / fine)

describe.each(Object.values(methods))('$name', (method) => {
  test('converges in its order, between steps in the fourth at least, and its estimate of the error falls as it says', () => {
    const [coarse, fine] = [32, 64].map((n) => errors(method, logistic, start, exact, 3, n))
    if (!coarse || !fine) throw new Error('two runs were expected')
    expect(slopeOf(coarse.end, fine.end)).toBeGreaterThan(method.order - 0.35)
    expect(slopeOf(coarse.end, fine.end)).toBeLessThan(method.order + 0.7)
    expect(slopeOf(coarse.middle, fine.middle)).toBeGreaterThan(3.7)
    expect(slopeOf(coarse.estimate, fine.estimate)).toBeGreaterThan(method.errorOrder - 0.6)
  })

  test('starts and ends its continuous solution at the ends of the step', () => {
    const step = method.step(logistic, 0.3, start, logistic.slope(0.3, start), 0.2)
    expect(apart(step?.at(0) ?? start, start)).toBe(0)
    expect(apart(step?.at(1) ?? start, step?.y ?? start)).toBeLessThan(1e-15)
  })

  test('gives many times of one integration as it gives each of them alone', () => {
    const options = { firstStep: 0.01, method, worth: Infinity, maxSteps: 10_000 }
    const times = [0, 0.1, 0.11, 1, 2.5, 6]
    const { states, taken } = atOnce(integrate(logistic, start, { times, ...options }))
    times.forEach((t, i) => expect(apart(states[i] as Float64Array, exact(t))).toBeLessThan(2e-8))
    expect(Object.keys(taken)).toEqual([method.name])
  })
})

/** Prothero & Robinson: y' = λ (y − cos t) − sin t, whose solution is cos t however stiff it is. */
const robinson = (lambda: number): Problem => ({
  slope: (t, y) => Float64Array.of(lambda * ((y[0] as number) - Math.cos(t)) - Math.sin(t)),
  errorOf: (error) => norm(error) / 1e-8,
  linearize: (t) => ({
    timeSlope: Float64Array.of(lambda * Math.sin(t) - Math.cos(t)),
    shifted: (c) => (r) => Float64Array.of((r[0] as number) / (1 - c * lambda)),
  }),
})
const cosine = (t: number): Float64Array => Float64Array.of(Math.cos(t))

test('rodas makes errors of h³ / λ in components that are too fast for its steps', () => {
  const after = (lambda: number, steps: number): number =>
    errors(methods.rodas, robinson(lambda), Float64Array.of(1), cosine, 2, steps).end
  expect(slopeOf(after(-1e5, 8), after(-1e5, 16))).toBeGreaterThan(2.6)
  expect(Math.log10(after(-1e4, 8) / after(-1e6, 8))).toBeGreaterThan(1.9)
  expect(after(-1e6, 8)).toBeLessThan(1e-9)
})

test('stiff problems are handed to the implicit method, others are not', () => {
  const course = { times: [10], firstStep: 1e-3, method: null, worth: 100, maxSteps: 10_000 }
  const stiff = atOnce(integrate(robinson(-1e6), Float64Array.of(1), { ...course, firstStep: 1e-8 }))
  expect(apart(stiff.end, cosine(10))).toBeLessThan(1e-7)
  expect(stiff.taken.rodas).toBeGreaterThan(10)
  expect(stiff.steps).toBeLessThan(500)
  expect(Object.keys(atOnce(integrate(logistic, start, course)).taken)).toEqual(['dormandPrince'])
})

import type { Method } from './problem.js'
import { combine, norm } from './vector.js'

/** An explicit Runge-Kutta method whose last stage is f at the end of the step. */
export interface ExplicitTableau {
  /** Times of the stages, as shares of the step. */
  readonly nodes: readonly number[]
  /** What each stage adds of those before it; the last row gives the solution. */
  readonly stages: readonly (readonly number[])[]
  /** Solution less that of the embedded method, by stage. */
  readonly error: readonly number[]
  /** The part of fifth degree of the continuous solution, by stage. */
  readonly dense: readonly number[]
}

/** Dormand & Prince 1980, RK5(4)7M; continuous solution of fourth order by Shampine 1986 (Hairer, Nørsett & Wanner, II.6). */
export const dormandPrinceTableau: ExplicitTableau = {
  nodes: [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1],
  stages: [
    [],
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
    [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
  ],
  error: [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40],
  dense: [
    -12715105075 / 11282082432,
    0,
    87487479700 / 32700410799,
    -10690763975 / 1880347072,
    701980252875 / 199316789632,
    -1453857185 / 822651844,
    69997945 / 29380423,
  ],
}

/** Dormand-Prince 5(4). Its last two stages stand at the end of the step, so that their difference shows the rate of J for nothing. */
export const dormandPrince: Method = {
  name: 'dormandPrince',
  order: 5,
  errorOrder: 5,
  stableTo: 3.3,
  step(problem, t, y, slope, h) {
    const { nodes, stages, error, dense } = dormandPrinceTableau
    const k: Float64Array[] = [slope]
    let [before, end] = [y, y]
    for (let i = 1; i < stages.length; i++) {
      before = end
      end = combine(y, scaled(stages[i] as readonly number[], h), k)
      k.push(problem.slope(t + (nodes[i] as number) * h, end))
    }
    const [sixth, last] = k.slice(-2) as [Float64Array, Float64Array]
    const apart = norm(minus(end, before))
    const zero = new Float64Array(y.length)
    return {
      y: end,
      error: combine(zero, scaled(error, h), k),
      slope: last,
      rate: apart > 0 ? norm(minus(last, sixth)) / apart : 0,
      at(share) {
        const rest = 1 - share
        // y + θ (Δ + (1 − θ) (h f0 − Δ + θ (2 Δ − h (f0 + f1) + (1 − θ) h Σ d k)))
        const change = minus(end, y)
        const [a, b, c] = [share, share * rest, share * share * rest]
        const out = combine(y, [a - b + 2 * c, (b - c) * h, -c * h], [change, slope, last])
        return combine(out, scaled(dense, c * rest * h), k)
      },
    }
  },
}

const scaled = (weights: readonly number[], h: number): number[] => weights.map((w) => w * h)

const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => v - (b[i] as number))

import type { Method } from './problem.js'
import { combine } from './vector.js'

/**
 * A Rosenbrock method in the form that needs no product with J (Hairer & Wanner, IV.7): with W = I − hγJ,
 * W u_i = hγ (f(t + α_i h, y + Σ_j a_ij u_j) + Σ_j c_ij u_j / h + h d_i ∂f/∂t). The last row of `a` and u_s give the solution, u_s its error.
 */
export interface RosenbrockTableau {
  readonly gamma: number
  readonly a: readonly (readonly number[])[]
  readonly c: readonly (readonly number[])[]
  /** α_i. */
  readonly nodes: readonly number[]
  /** d_i. */
  readonly timeWeights: readonly number[]
  /** The continuous solution (1 − θ) y0 + θ (y1 + (1 − θ)(k1 + θ (k2 + θ k3))): k by stage. */
  readonly dense: readonly (readonly number[])[]
}

const sixth = [
  -7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946,
]

/**
 * Rodas5P (Steinebach 2023, BIT 63:27): order 5(4) with a continuous solution of order 4, stiffly accurate and L-stable. Components of
 * rate λ that are followed in steps h ≫ 1/λ have errors of h³/λ.
 */
export const rodasTableau: RosenbrockTableau = {
  gamma: 0.21193756319429014,
  a: [
    [],
    [3],
    [2.849394379747939, 0.45842242204463923],
    [-6.954028509809101, 2.489845061869568, -10.358996098473584],
    [2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641],
    sixth,
    [...sixth, 1],
    [...sixth, 1, 1],
  ],
  c: [
    [],
    [-14.155112264123755],
    [-17.97296035885952, -2.859693295451294],
    [147.12150275711716, -1.41221402718213, 71.68940251302358],
    [165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306],
    [24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471],
    [
      30.91273214028599, -3.1208243349937974, 77.79954646070892, 34.28646028294783, -19.097331116725623,
      -28.087943162872662,
    ],
    [
      37.80277123390563, -3.2571969029072276, 112.26918849496327, 66.9347231244047, -40.06618937091002,
      -54.66780262877968, -9.48861652309627,
    ],
  ],
  nodes: [0, 0.6358126895828704, 0.4095798393397535, 0.9769306725060716, 0.4288403609558664, 1, 1, 1],
  timeWeights: [
    0.21193756319429014, -0.42387512638858027, -0.3384627126235924, 1.8046452872882734, 2.325825639765069, 0,
    0, 0,
  ],
  dense: [
    [
      25.948786856663858, -2.5579724845846235, 10.433815404888879, -2.3679251022685204, 0.524948541321073,
      1.1241088310450404, 0.4272876194431874, -0.17202221070155493,
    ],
    [
      -9.91568850695171, -0.9689944594115154, 3.0438037242978453, -24.495224566215796, 20.176138334709044,
      15.98066361424651, -6.789040303419874, -6.710236069923372,
    ],
    [
      11.419903575922262, 2.8879645146136994, 72.92137995996029, 80.12511834622643, -52.072871366152654,
      -59.78993625266729, -0.15582684282751913, 4.883087185713722,
    ],
  ],
}

/** Rodas5P as a method: one factorization and eight solves a step, no iteration, stable whatever the step. */
export const rodas: Method = {
  name: 'rodas',
  order: 5,
  errorOrder: 5,
  stableTo: Infinity,
  step(problem, t, y, slope, h) {
    const { gamma, a, c, nodes, timeWeights, dense } = rodasTableau
    const { shifted, timeSlope } = problem.linearize(t, y)
    const solve = shifted(h * gamma)
    if (solve === null) return null
    const u: Float64Array[] = []
    let end = y
    for (let i = 0; i < a.length; i++) {
      end = combine(y, a[i] as readonly number[], u)
      const f = i === 0 ? slope : problem.slope(t + (nodes[i] as number) * h, end)
      let right = combine(
        f.map((v) => v * h * gamma),
        (c[i] as readonly number[]).map((v) => v * gamma),
        u,
      )
      if (timeSlope !== null)
        right = combine(right, [gamma * h * h * (timeWeights[i] as number)], [timeSlope])
      u.push(solve(right))
    }
    const error = u.at(-1) as Float64Array
    const next = combine(end, [1], [error])
    return {
      y: next,
      error,
      slope: null,
      rate: 0,
      at(share) {
        const rest = 1 - share
        const powers = [share * rest, share * share * rest, share ** 3 * rest]
        const weights = u.map((_, j) =>
          dense.reduce((total, row, p) => total + (powers[p] as number) * (row[j] as number), 0),
        )
        const straight = y.map((v, i) => rest * v + share * (next[i] as number))
        return combine(straight, weights, u)
      },
    }
  },
}

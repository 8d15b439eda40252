import { cpuBackend, type DualStep, type ProfileParams, tensorFromData, zerosLike } from '@ntk/tensor'
import { coefficients } from './profile.js'
import { plainStack } from './stack.js'

/** Error of K and Θ over those of the diagonal that a profile may have, and what a step's own roundings may add. */
const accuracy = 4e-15
const accuracyOfLayer = 5e-17
const panelCounts = [64, 128, 256, 512] as const

/** Nodes of Chebyshev's polynomial of degree 9, and places between them to look at. */
const nodes = Float64Array.from({ length: coefficients }, (_, k) =>
  Math.cos((Math.PI * (2 * k + 1)) / (2 * coefficients)),
)
const between = Float64Array.of(-0.97, -0.55, 0.05, 0.6, 0.94)

/** Chebyshev's polynomials T_0 to T_8 by powers of x. */
const chebyshev: readonly (readonly number[])[] = polynomials()

function polynomials(): number[][] {
  const list = [[1], [0, 1]]
  while (list.length < coefficients) {
    const [before, now] = list.slice(-2) as [number[], number[]]
    // T_{j + 1} = 2 x T_j − T_{j − 1}
    list.push([0, ...now.map((c) => 2 * c)].map((c, power) => c - (before[power] ?? 0)))
  }
  return list
}

/**
 * The polynomial through values at the nodes, by powers of x. By way of Chebyshev's coefficients, which are small where the powers are
 * high: a sum over values times powers' own weights would lose two digits.
 */
function through(values: Float64Array): Float64Array {
  const byPower = new Float64Array(coefficients)
  chebyshev.forEach((powers, j) => {
    const sum = values.reduce((total, value, k) => {
      return total + value * Math.cos((Math.PI * j * (2 * k + 1)) / (2 * coefficients))
    }, 0)
    const own = (sum * (j === 0 ? 1 : 2)) / coefficients
    powers.forEach((c, power) => {
      byPower[power] = (byPower[power] as number) + own * c
    })
  })
  return byPower
}

/** κ and τ at each y of a half: of K and Θ over the variance after the steps. */
interface Curve {
  readonly kappa: Float64Array
  readonly tau: Float64Array
}

/** The steps, in plain ops, at correlations ±(1 − y²), which are known to the last digit of y². */
function curveOf(steps: readonly DualStep[], variance: number, y: Float64Array, negative: boolean): Curve {
  const hold = (x: Float64Array): ReturnType<typeof tensorFromData> =>
    tensorFromData(x, [x.length], cpuBackend())
  const q11 = hold(new Float64Array(y.length).fill(variance))
  const q = hold(y.map((d) => (negative ? d * d - 1 : 1 - d * d) * variance))
  const pairs = { q, q11, q22: q11, deficit: hold(y.map((d) => d * d)) }
  const [k, theta] = plainStack(steps, pairs, zerosLike(q))
  return {
    kappa: (k as typeof q).dataSync() as Float64Array,
    tau: (theta as typeof q).dataSync() as Float64Array,
  }
}

/** Places x of [−1, 1] in each of some of the equal panels of [0, 1]. */
function placesIn(panels: number, some: readonly number[], x: Float64Array): Float64Array {
  return Float64Array.from({ length: some.length * x.length }, (_, at) => {
    const panel = some[Math.floor(at / x.length)] as number
    return (panel + (1 + (x[at % x.length] as number)) / 2) / panels
  })
}

/** What is to be followed: steps at a variance, and K and the largest of K and Θ at correlation 1. */
interface Run {
  readonly steps: readonly DualStep[]
  readonly variance: number
  readonly top: number
  readonly most: number
}

/**
 * The profile of steps at a variance of both inputs: κ and τ as polynomials, looked at beside the steps themselves at five places a
 * panel. Null where they are not as right as that.
 */
export function fitProfile(steps: readonly DualStep[], variance: number): ProfileParams | null {
  const equal = curveOf(steps, variance, Float64Array.of(0), false)
  const top = equal.kappa[0] as number
  const run: Run = { steps, variance, top, most: Math.max(top, equal.tau[0] as number) }
  if (!(top > 1e-100 && run.most < 1e100)) return null
  for (const panels of panelCounts) {
    // Most bent next to equal and opposite inputs: few panels tell whether all are worth a try.
    if (tableOf(run, panels, [0, 1, 2, panels / 2, panels - 1]) === null) continue
    const table = tableOf(
      run,
      panels,
      Array.from({ length: panels }, (_, i) => i),
    )
    if (table !== null) return { gain: top / variance, panels, table }
  }
  return null
}

/** Both halves of some panels; null where one is not right. */
function tableOf(run: Run, panels: number, some: readonly number[]): Float64Array | null {
  const table = new Float64Array(4 * some.length * coefficients)
  for (const half of [0, 1] as const) {
    const { kappa, tau } = curveOf(run.steps, run.variance, placesIn(panels, some, nodes), half === 1)
    const first = 2 * half * some.length * coefficients
    some.forEach((_, panel) => {
      const values = (of: Float64Array): Float64Array =>
        through(of.subarray(panel * coefficients, (panel + 1) * coefficients))
      const [k, t] = [values(kappa), values(tau)]
      for (let power = 0; power < coefficients; power++) {
        const to = first + 2 * (panel * coefficients + power)
        table[to] = (k[coefficients - 1 - power] as number) / run.top
        table[to + 1] = (t[coefficients - 1 - power] as number) / run.top
      }
    })
    if (!isRight(run, placesIn(panels, some, between), half === 1, table.subarray(first))) return null
  }
  return table
}

/** Whether the polynomials of panels are right between their nodes. */
function isRight(
  { steps, variance, top, most }: Run,
  y: Float64Array,
  negative: boolean,
  table: Float64Array,
): boolean {
  const { kappa, tau } = curveOf(steps, variance, y, negative)
  const bound = accuracy + accuracyOfLayer * steps.length
  const polynomial = (at: number, which: 0 | 1): number => {
    const first = 2 * coefficients * Math.floor(at / between.length) + which
    let sum = 0
    for (let power = 0; power < coefficients; power++) {
      sum = sum * (between[at % between.length] as number) + (table[first + 2 * power] as number)
    }
    return sum * top
  }
  return kappa.every(
    (k, at) =>
      Math.abs(polynomial(at, 0) - k) <= bound * top &&
      Math.abs(polynomial(at, 1) - (tau[at] as number)) <= bound * most,
  )
}

/** What a pair costs less by a profile, in layers. */
const ownCost = 2
/** Layers of pairs that must be spared: a profile takes a few hundredths of a second to make. */
const worth = 2 ** 25

/**
 * A run as one step where that is as good and quicker: of samples of one length, or of any lengths where no layer has a bias and
 * every function is linear on both sides of 0. Else null. It hangs on network and data alone.
 */
export function profileOf(
  steps: readonly DualStep[],
  pairs: number,
  ...variances: readonly Float64Array[]
): DualStep | null {
  if (!steps.every(({ kind }) => kind === 'affine' || kind === 'abRelu' || kind === 'erf')) return null
  const functions = steps.filter(({ kind }) => kind !== 'affine').length
  if ((functions - ownCost) * pairs < worth) return null
  const variance = oneVariance(steps, variances)
  const profile = variance === null ? null : fitProfile(steps, variance)
  return profile === null ? null : { kind: 'profile', ...profile }
}

/** The variance that stands for all; null where there is none. */
function oneVariance(steps: readonly DualStep[], variances: readonly Float64Array[]): number | null {
  if (steps.every((step) => (step.kind === 'affine' ? step.bVar === 0 : step.kind === 'abRelu'))) return 1
  let [low, high] = [Number.POSITIVE_INFINITY, 0]
  for (const set of variances) {
    for (const v of set) {
      if (v < low) low = v
      if (!(v <= high)) high = v
    }
  }
  return low > 0 && high <= low * (1 + 8 * Number.EPSILON) ? low : null
}

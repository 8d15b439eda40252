import { jvp } from '@ntk/autodiff'
import { NtkError, onesLike, reshape, scope, type Tensor, tensor, type Value } from '@ntk/tensor'
import type { Dual } from '../activations/activation.js'
import { quadratureDual } from './dual.js'
import { type Fn, polarExpectation, type Resolution } from './polar.js'

/** Standard deviations, in lengths over which a function changes, with what they are integrated by and with more points. */
const trials: readonly (readonly [number, Resolution, Resolution])[] = [
  [0.5, { angular: 20, radial: 34 }, { angular: 31, radial: 51 }],
  [3.7, { angular: 26, radial: 42 }, { angular: 39, radial: 63 }],
  [50, { angular: 36, radial: 60 }, { angular: 55, radial: 90 }],
]
const correlations = [0.6, 0.999, -0.9]

/** Largest estimated errors of T and of Ṫ, in parts of their values at equal inputs. */
const allowed = { t: 1e-11, slope: 1e-10 } as const

function column(values: readonly number[]): Value {
  return reshape(tensor(values), [values.length, 1, 1])
}

/** The change of E[g(u) g(v)] with more points, in parts of its value at equal inputs; NaN where it is not finite. */
function errorOf(g: Fn, deviation: number, scale: number, few: Resolution, many: Resolution): number {
  const v = (deviation * scale) ** 2
  const covariances = {
    q: column([...correlations.map((c) => c * v), v]),
    q11: column([...correlations.map(() => v), v]),
    q22: column([...correlations.map(() => v), v]),
  }
  const [a, b] = [few, many].map((resolution) =>
    (polarExpectation(g, g, covariances, scale, resolution) as Tensor).dataSync(),
  ) as [Float64Array, Float64Array]
  const size = b.at(-1) as number
  if (size === 0) return 0
  return a.reduce((worst, x, i) => {
    const error = Math.abs(x - (b[i] as number)) / size
    return error <= worst ? worst : error
  }, 0)
}

/** Whether a function is odd to the bit, by many numbers: opposite inputs then stay opposite however deep a network is. */
function isOdd(fn: Fn, scale: number): boolean {
  const x = Array.from({ length: 64 }, (_, i) => scale * Math.E ** (i / 6 - 6))
  const at = (sign: 1 | -1): number[] =>
    Array.from((fn(tensor(x.map((v) => sign * v))) as Tensor).dataSync(), Number)
  const [right, left] = [at(1), at(-1)]
  return right.every((v, i) => v === -(left[i] as number))
}

/**
 * The dual of a user's function by quadrature. Throws NtkError 'unsupported' with an estimate of the error where that is not small: a jump, a
 * kink away from 0, a growth as of e^x, a change over a length much below `scale`.
 */
export function checkedDual(fn: Fn, name: string, scale: number): Dual<unknown> {
  const slope: Fn = (x) => jvp(fn, [x], [onesLike(x)])[1]
  const refuse = (got: string): NtkError =>
    new NtkError('unsupported', {
      what: `The kernel of Elementwise(${name}) by quadrature needs a continuous function that is analytic on both sides of 0, changes over lengths of \`scale\` and grows as a power.`,
      got,
      fix: 'Give its kernel by a formula, `nngpFn`, or a smaller `scale`; or estimate it with monteCarloKernelFn of @ntk/kernels-empirical.',
    })
  let largest = 1e-13
  const odd = scope(() => {
    const [left, right] = (fn(tensor([-1e-14 * scale, 1e-14 * scale])) as Tensor).dataSync()
    if (!(Math.abs(Number(right) - Number(left)) < 1e-9))
      throw refuse('one that jumps at 0 or is not finite there')
    for (const [deviation, few, many] of trials) {
      for (const [what, g, most] of [
        ['T', fn, allowed.t],
        ['Ṫ', slope, allowed.slope],
      ] as const) {
        const error = errorOf(g, deviation, scale, few, many)
        if (error <= most) {
          largest = Math.max(largest, error)
          continue
        }
        throw refuse(
          `an estimated error of ${Number.isNaN(error) ? 'NaN' : error.toExponential(0)} of ${what} at a standard deviation of ${deviation * scale}`,
        )
      }
    }
    return isOdd(fn, scale)
  })
  const options = { fn, nngpFn: null, dNngpFn: null, scale }
  return quadratureDual((x: Value) => fn(x), {
    kinked: true,
    odd,
    error: largest,
    scale: () => scale,
    series: { name: 'Elementwise', options },
  })
}

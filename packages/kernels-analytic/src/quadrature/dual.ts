import type { Value } from '@ntk/tensor'
import type { Dual, FusedDual } from '../activations/activation.js'
import type { Nums } from '../numbers.js'
import { curve, expectation, meanOf, type Plane } from './expectation.js'
import { fusedBySeries } from './fused.js'
import { ofPairs } from './pairs.js'

export interface QuadratureOptions<O> {
  /** Whether φ or a derivative of it jumps at 0; everywhere else φ is analytic. */
  readonly kinked?: boolean
  /** The length over which φ changes, 1 unless given: 1/β of tanh βx. */
  readonly scale?: (options: Nums<O>) => number
  /** Whether φ(−x) = −φ(x), to the bit: its mean is 0, and opposite inputs stay opposite. */
  readonly odd?: boolean
  readonly hyperparameters?: readonly string[]
  /** What T and Ṫ may be off by, as of `Dual`; 1e-13 unless given. */
  readonly error?: number
  /** How integrals in the plane are done. */
  readonly plane?: Plane
  /** The activation of the table that it is the dual of, where that may run by its series: its name, and its options where these are not φ's. */
  readonly series?: SeriesOf
}

interface SeriesOf {
  readonly name: string
  readonly options?: Readonly<Record<string, unknown>>
}

/**
 * What was found against values in 64-bit mantissas, of tanh, sigmoid, softplus, swish, elu, selu, softsign, mish and functions of one's own, for deviations
 * from 1e-4 to 1e5: 1e-14, and 1e-13 where one is a thousand times the other.
 */
const QUADRATURE = 1e-13

/**
 * The dual of any function by quadrature: relative errors about 1e-14 of T and Ṫ at every angle, for standard deviations up to 1e5 of the
 * lengths over which φ changes. Of φ it asks that it is analytic on both sides of 0.
 */
export function quadratureDual<O>(
  apply: (x: Value, options: Nums<O>) => Value,
  {
    kinked = false,
    scale = () => 1,
    odd = false,
    error = QUADRATURE,
    hyperparameters = [],
    plane = ofPairs,
    series,
  }: QuadratureOptions<O> = {},
): Dual<O> {
  const f = curve<O>(apply, { kinked, continuous: true, scale, plane, parity: odd ? 'odd' : null })
  const dual: Dual<O> = {
    hyperparameters,
    pair: (covariances, o) => [
      expectation(f, f, covariances, o),
      () => expectation(f.slope(), f.slope(), covariances, o),
    ],
    variance: (q, o) => expectation(f, f, { q, q11: q, q22: q }, o),
    error: () => error,
    mean: (q, o) => (odd ? 'zero' : meanOf(f, q, o)),
  }
  if (series === undefined) return dual
  const fused = (o: Nums<O>): FusedDual | undefined => {
    const of = { name: series.name, options: series.options ?? { ...o } }
    return fusedBySeries(apply, dual, of, scale(o), o)
  }
  return { ...dual, fused }
}

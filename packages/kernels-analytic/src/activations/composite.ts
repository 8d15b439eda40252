import { type CompositeInputs, type CompositeOutputs, mul, type Value } from '@ntk/tensor'
import type { PairCovariances } from './activation.js'

/** Every composite that is a dual takes q, q11, q22 and, where wanted, Θ, and gives T, and Θ·Ṫ. */
type Inputs = CompositeInputs<'dualAbRelu' | 'dualErf' | 'dualSeries', Value>
type Outputs = CompositeOutputs<'dualAbRelu' | 'dualErf' | 'dualSeries', Value>

/** A dual as the decomposition of its composite. */
export function decomposition<P>(
  pair: (covariances: PairCovariances, params: P) => readonly [t: Value, slope: () => Value],
): (inputs: Inputs, params: P) => Outputs {
  return ([q, q11, q22, ntk], params) => {
    const [t, slope] = pair({ q, q11, q22 }, params)
    return ntk === undefined ? [t] : [t, mul(ntk, slope())]
  }
}

/** The inputs of such a composite. */
export function dualInputs({ q, q11, q22 }: PairCovariances, ntk: Value | null): Inputs {
  return ntk === null ? [q, q11, q22] : [q, q11, q22, ntk]
}

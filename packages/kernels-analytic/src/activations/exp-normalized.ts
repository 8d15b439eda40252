import { add, div, exp, greater, less, mul, NtkError, sqrt, type Value, where } from '@ntk/tensor'
import { boolean, finite } from '@ntk/tensor/options'
import { type Num } from '../numbers.js'
import { type Activation, activation, type Defaulted, defaulted, type PairCovariances } from './activation.js'
import { scaledPair } from './pair.js'

type Options = {
  readonly gamma: Defaulted<number>
  readonly shift: Defaulted<number>
  readonly doClip: Defaulted<boolean>
}
const options: Options = {
  gamma: defaulted(finite(), 1),
  shift: defaulted(finite(), -1),
  doClip: defaulted(boolean(), false),
}

interface Numbers {
  readonly gamma: Num
  readonly shift: Num
  readonly doClip: boolean
}

/**
 * With the correlation c = q/√(q11 q22), T = √(q11 q22) e^{γ(c + shift)} and Ṫ = γ e^{γ(c + shift)}; c = 0 where a variance is 0
 * (Shankar, Fang, Guo, Fridovich-Keil, Schmidt, Ragan-Kelley and Recht 2020, section 4).
 */
function pair(
  covariances: PairCovariances,
  { gamma, shift, doClip }: Numbers,
): readonly [Value, () => Value] {
  const { q, q11, q22, scale1, scale2 } = scaledPair(covariances, { small: true })
  const product = mul(q11, q22)
  const positive = greater(product, 0)
  const root = sqrt(where(positive, product, 1))
  const ratio = where(positive, div(q, root), 0)
  const c = doClip ? where(greater(ratio, 1), 1, where(less(ratio, -1), -1, ratio)) : ratio
  const growth = exp(mul<Value>(add<Value>(c, shift), gamma))
  const size = div(div(where(positive, root, 0), scale1), scale2)
  return [mul(size, growth), () => mul<Value>(growth, gamma)]
}

export const ExpNormalized: Activation<Options> = activation({
  name: 'ExpNormalized',
  summary: 'The kernel √(q11 q22) e^{gamma (c + shift)} of the correlation c, without a finite network.',
  options,
  examples: [
    { gamma: 1, shift: -1, doClip: false },
    { gamma: 0.7, shift: -0.4, doClip: true },
  ],
  kernelOnly: true,
  apply: () => {
    throw new NtkError('unsupported', {
      what: 'ExpNormalized is a kernel that no elementwise function of a finite network has.',
      fix: 'Use the kernel of the network, or Exp or Rbf, which have finite networks.',
    })
  },
  dual: {
    hyperparameters: ['gamma', 'shift'],
    pair: (covariances, { gamma, shift, doClip }) => pair(covariances, { gamma, shift, doClip }),
    variance: (q, { gamma, shift, doClip }) => pair({ q, q11: q, q22: q }, { gamma, shift, doClip })[0],
  },
})

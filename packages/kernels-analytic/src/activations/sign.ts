import { mul, sign, sub, type Value, zerosLike } from '@ntk/tensor'
import { type Activation, activation, type None, type PairCovariances } from './activation.js'
import { angleOf } from './angle.js'

/**
 * T = 1 − 2θ/π, 0 where a variance is 0 (Cho and Saul 2009, of degree 0, less its half). The derivative is 0 almost everywhere, and so
 * is that of every finite network: no gradient passes, and the NTK of what comes before is lost.
 */
function pair(covariances: PairCovariances): readonly [Value, () => Value] {
  const t = sub(1, mul(angleOf(covariances).angle, 2 / Math.PI))
  return [t, () => zerosLike(t)]
}

export const Sign: Activation<None> = activation({
  name: 'Sign',
  summary: '−1, 0 or 1.',
  options: {},
  apply: (x) => sign(x),
  dual: {
    jumps: () => true,
    pair,
    variance: (q) => pair({ q, q11: q, q22: q })[0],
    mean: () => 'zero',
  },
})

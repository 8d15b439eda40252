import { NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import {
  either,
  listOf,
  number,
  positive,
  positiveInteger,
  type RulesFor,
  readOptions,
} from '@ntk/tensor/options'
import { blockMap, blockRules, type DepthLayer } from './block.js'
import type { ActivationLike } from './layer-map.js'

export interface PairsByDepthOptions extends DepthLayer {
  /** Layers of activations. */
  readonly depth: number
  /** K(x, x) of all inputs, x·x / features; 1 unless given. */
  readonly q0?: number | undefined
  /** The correlation of a pair of inputs, or of several pairs. */
  readonly c0: number | readonly number[]
}

/** Of inputs of one norm, and of pairs of them, behind 0, 1, ..., depth activations; float64. */
export interface PairsByDepth {
  /** Variances of pre-activations, q [depth + 1]. */
  readonly q: Tensor
  /** Correlations, c [depth + 1], or [depth + 1, pairs] where several were given. */
  readonly c: Tensor
  /** 1 − c with the digits that c itself cannot hold, shaped like it. */
  readonly gap: Tensor
  /** The NTK of an input with itself [depth + 1]. */
  readonly ntk: Tensor
  /** The NTK of the pairs, shaped like c. */
  readonly ntkPair: Tensor
}

const correlation = { ...number('a correlation, from -1 to 1', (v) => v >= -1 && v <= 1) }

const rules = {
  ...blockRules,
  depth: positiveInteger(),
  q0: positive(1),
  c0: either(correlation, listOf(correlation)),
} satisfies RulesFor<PairsByDepthOptions>

/**
 * Covariances and NTK of Dense(wStd, bStd) and then [activation, Dense(wStd, bStd)] over and over, in the NTK parameterization:
 * q' = σ_w² E[φ(u)²] + σ_b², Θ' = K' + χ Θ (Xiao et al. 2020, Section 3). It is what `kernelFn` gives of such inputs, at all depths
 * from 0 on, for the cost of one pair. With `residual`, `layerNorm` and `keep` the layers are [LayerNorm, activation, Dropout, Dense] with
 * what comes in added: of such networks a pair of inputs are two inputs, for which dropout draws apart, also where c0 is 1.
 *
 * Throws NtkError 'not-finite' where the NTK leaves the range of numbers, else what `meanField` throws.
 */
export function pairsByDepth(activation: ActivationLike, options: PairsByDepthOptions): PairsByDepth {
  const { depth, q0, c0, ...block } = readOptions('pairsByDepth', rules, options)
  const map = blockMap(activation, block, 'pairsByDepth')
  const pairs = typeof c0 === 'number' ? 1 : c0.length
  const short = Float64Array.from(typeof c0 === 'number' ? [c0] : c0, (c) => 1 - c)
  const [q, ntk] = [new Float64Array(depth + 1), new Float64Array(depth + 1)]
  const [c, d, ntkPair] = Array.from({ length: 3 }, () => new Float64Array((depth + 1) * pairs)) as Triple
  const here = { q: map.wVar * q0 + map.bVar, ntk: 0, ntkPair: new Float64Array(pairs) }
  let gap: Float64Array = short.map((v) => map.wVar * q0 * v)
  let chi = 0
  let chiPairs: Float64Array = new Float64Array(pairs)
  // of variances and of covariances, what did not come through the last layer's weights
  let passing = 0
  let passingPairs: Float64Array = new Float64Array(pairs)
  for (let l = 0; l <= depth; l++) {
    here.ntk = here.q - passing + chi * here.ntk
    here.ntkPair = here.ntkPair.map(
      (v, i) => here.q - (gap[i] as number) - (passingPairs[i] as number) + (chiPairs[i] as number) * v,
    )
    if (!Number.isFinite(here.ntk)) throw tooLarge(map.name, l, depth)
    const near = gap.map((v) => (here.q === 0 ? 0 : Math.min(2, Math.max(0, v / here.q))))
    q[l] = here.q
    ntk[l] = here.ntk
    d.set(near, l * pairs)
    c.set(
      near.map((v) => 1 - v),
      l * pairs,
    )
    ntkPair.set(here.ntkPair, l * pairs)
    if (l === depth) break
    // The last pair is of equal inputs.
    const withEqual = new Float64Array(pairs + 1)
    withEqual.set(near)
    const after = map.pairs(here.q, withEqual)
    const chis = after.chi()
    gap = after.gap.subarray(0, pairs)
    chiPairs = chis.subarray(0, pairs)
    chi = map.chiOfItself(chis[pairs] as number, here.q)
    passing = map.passing(here.q)
    passingPairs = near.map((v) => (1 - v) * passing)
    here.q = map.variance(here.q)
  }
  const shape = typeof c0 === 'number' ? [depth + 1] : [depth + 1, pairs]
  const ofPairs = (data: Float64Array): Tensor => tensorFromData(data, shape)
  const ofInputs = (data: Float64Array): Tensor => tensorFromData(data, [depth + 1])
  return { q: ofInputs(q), c: ofPairs(c), gap: ofPairs(d), ntk: ofInputs(ntk), ntkPair: ofPairs(ntkPair) }
}

type Triple = [Float64Array, Float64Array, Float64Array]

function tooLarge(name: string, layer: number, depth: number): NtkError {
  return new NtkError('not-finite', {
    what: `The NTK of ${name} leaves the range of numbers.`,
    got: `at depth ${layer} of ${depth}`,
    fix: 'Choose fewer layers, or a smaller wStd.',
  })
}

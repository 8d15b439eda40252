import { add, constantFromData, mul, NtkError, transpose, type Value } from '@ntk/tensor'
import { type Kernel, withChannels } from '../kernel.js'
import { type Num, squared, times } from '../numbers.js'
import { refusingBut } from '../places.js'
import { requireFullSpatial } from '../requirements.js'
import { attendWithManyHeads } from './attention-heads.js'
import { attendByScores } from './attention-scores.js'
import { type FlatArrays, flatPositions, mapFlat, withFlatPositions } from './flat-positions.js'
import { type StepHyperparameters, valueOf } from './hyperparameters.js'
import { wholeMasks, zeroMasked } from './masks.js'
import { one, oneShape } from './one.js'
import { positionalCorrelations, positionalRoot } from './positional.js'
import { mapPositions, spaceOf } from './positions.js'
import { elementsIn, functionCost, type StepRule } from './rule.js'
import type { AttentionStep, PositionalEmbedding } from './step.js'

/** The mechanisms whose limit with many heads is known. */
type OneByOne = Exclude<AttentionStep['mechanism'], 'SOFTMAX'>

/** Throws NtkError 'unsupported' where nobody knows the limit with many heads. */
function oneByOne(mechanism: AttentionStep['mechanism']): OneByOne {
  if (mechanism !== 'SOFTMAX') return mechanism
  throw new NtkError('unsupported', {
    what: 'GlobalSelfAttention with square-root scaling and SOFTMAX has no infinite-width kernel: its scores stay random, and the softmax of many Gaussians has no expectation in closed form.',
    fix: 'Use linearScaling: true, the mechanism IDENTITY, ABS or RELU, or estimate the kernel by sampling (monteCarloKernelFn of @ntk/kernels-empirical).',
  })
}

/**
 * A kernel with embeddings of positions. R are their correlations, and they are trained, so that Θ gains what K gains: K + std² R
 * where they are added; beside the input, both weighted by their share of the channels.
 */
function withEmbedding(
  kernel: Kernel,
  { type, channels, decay, pNorm }: PositionalEmbedding,
  std: Num,
): Kernel {
  const sizes = spaceOf(kernel.shape1)
  const width = kernel.shape1[kernel.channelAxis] as number
  const share = type === 'SUM' ? 1 : width / (width + (channels ?? width))
  positionalRoot(sizes, { decay, pNorm }) // which only correlations have
  const correlations = positionalCorrelations(sizes, { decay, pNorm })
  const { backend, dtype } = kernel.nngp
  const numbers = dtype === 'float32' ? Float32Array.from(correlations) : correlations
  const r = mul<Value>(
    constantFromData(numbers, [...sizes, ...sizes], backend),
    times(squared(std), type === 'SUM' ? 1 : 1 - share),
  )
  const inPairs = transpose(
    r,
    sizes.flatMap((_, i) => [i, sizes.length + i]),
  )
  const embedded = mapPositions(kernel, (x) => add(share === 1 ? x : mul(x, share), inPairs))
  return zeroMasked({ ...kernel, ...embedded })
}

/** Affine on the weights' variance and the bias: K' = s K₀ + b², Θ' = s Θ₀ + 2 s K₀ + b² (K₀ for the output's weights, and for the values'). */
function output(mixed: FlatArrays, scale: Num, bias: Num | null): FlatArrays {
  const biased = (x: Value): Value => (bias === null ? x : add<Value>(x, bias))
  const scaled = mapFlat(mixed, (x) => mul<Value>(x, scale))
  return {
    nngp: biased(scaled.nngp),
    ntk: scaled.ntk === null ? null : biased(add(scaled.ntk, mul(scaled.nngp, 2))),
    cov1: biased(scaled.cov1),
    cov2: scaled.cov2 === null ? null : biased(scaled.cov2),
  }
}

/** The kernel of self-attention over all positions (Hron et al. 2020, Theorems 1 and 3), with its two scalings in the files beside. */
function attention(
  kernel: Kernel,
  step: AttentionStep,
  values: StepHyperparameters<Num> | undefined,
): Kernel {
  requireFullSpatial(kernel, 'GlobalSelfAttention')
  const { embedding, mechanism } = step
  const given = flatPositions(kernel)
  const scored =
    embedding === null
      ? given
      : flatPositions(withEmbedding(kernel, embedding, valueOf(embedding.std, 'wPosEmbStd', values)))
  const valued = embedding?.inValues === true ? scored : given
  const gain = times(valueOf(step.wQueryStd, 'wQueryStd', values), valueOf(step.wKeyStd, 'wKeyStd', values))
  const mixed = step.linearScaling
    ? attendByScores(scored, valued, mechanism, gain, kernel)
    : attendWithManyHeads(scored, valued, oneByOne(mechanism), squared(gain), kernel.diagonalBatch)
  const vo = times(valueOf(step.wValueStd, 'wValueStd', values), valueOf(step.wOutStd, 'wOutStd', values))
  const bStd = valueOf(step.bStd, 'bStd', values)
  const arrays = output(mixed, squared(vo), bStd === null ? null : squared(bStd))
  return {
    ...withFlatPositions(kernel, arrays, spaceOf(kernel.shape1)),
    shape1: withChannels(kernel.shape1, kernel.channelAxis, step.out),
    shape2: withChannels(kernel.shape2, kernel.channelAxis, step.out),
    isGaussian: true,
    means: 'zero',
    source: undefined,
    masks: wholeMasks(kernel.masks),
  }
}

export const attentionRule: StepRule<AttentionStep> = {
  name: () => 'GlobalSelfAttention',
  places: () => refusingBut({ means: 'consumes', source: 'consumes', masks: 'carries' }),
  spatial: () => 'full',
  shapes: (step, shapes) => {
    if (!step.linearScaling) oneByOne(step.mechanism)
    const shape = oneShape(shapes, 'GlobalSelfAttention')
    return [withChannels(shape, shape.length - 1, step.out)]
  },
  hyperparameters: ({ wKeyStd, wValueStd, wQueryStd, wOutStd, bStd, embedding }) => ({
    wKeyStd,
    wValueStd,
    wQueryStd,
    wOutStd,
    ...(bStd === null ? {} : { bStd }),
    ...(embedding === null ? {} : { wPosEmbStd: embedding.std }),
  }),
  evaluate: (step, flow, values) => [attention(one(flow, 'GlobalSelfAttention'), step, values)],
  operations: (step, work) => {
    const pairs = elementsIn(work)
    const arrays = work.ntk ? 2 : 1
    if (step.linearScaling) return pairs * arrays * (4 * Math.sqrt(pairs) + 4)
    return step.mechanism === 'IDENTITY' ? pairs * arrays * 8 : pairs ** 2 * (4 * functionCost + 4 * arrays)
  },
}

import {
  type AttentionInSpace,
  add,
  constantFromData,
  mul,
  NtkError,
  type PoolInSpace,
  reshape,
  type Shape,
  type SpaceEmbedding,
  type SpaceStep,
  type Value,
} from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import { attendByScores } from '../steps/attention-scores.js'
import { type FlatArrays, flatPositions, mapFlat, withFlatPositions } from '../steps/flat-positions.js'
import { divisors } from '../steps/pool.js'
import { positionalCorrelations, positionalRoot } from '../steps/positional.js'
import { mapPositions, spaceOf, sumOverTaps, withSpace } from '../steps/positions.js'
import type { AttentionStep, PoolStep, PositionalEmbedding } from '../steps/step.js'
import { windowTaps } from '../steps/window.js'

/** Attention as steps of a run: its map of positions, then the weights of the values and the output; null where it is no such map. */
export function attentionInSpace(step: AttentionStep, shape: Shape): readonly SpaceStep[] | null {
  if (!step.linearScaling) return null
  const embedding = step.embedding === null ? null : embeddingInSpace(step.embedding, shape)
  if (step.embedding !== null && embedding === null) return null
  const bVar = (step.bStd ?? 0) ** 2
  return [
    {
      kind: 'attention',
      mechanism: step.mechanism,
      gain: step.wQueryStd * step.wKeyStd,
      ...(embedding === null ? {} : { embedding }),
    },
    // Θ' = s Θ + 2 s K + b²: the weights of the values, and those of the output.
    {
      kind: 'window',
      axes: [],
      wVar: (step.wValueStd * step.wOutStd) ** 2,
      bVar,
      tangent: { gain: 2, bias: bVar },
    },
  ]
}

/** Null where no random numbers are so correlated, which the plain rule says. */
function embeddingInSpace(embedding: PositionalEmbedding, shape: Shape): SpaceEmbedding | null {
  const [sizes, width] = [spaceOf(shape), shape.at(-1) as number]
  const { type, channels, std, inValues } = embedding
  try {
    positionalRoot(sizes, embedding)
  } catch (cause) {
    if (NtkError.isInstance(cause)) return null
    throw cause
  }
  const share = type === 'SUM' ? 1 : width / (width + (channels ?? width))
  const weight = std ** 2 * (type === 'SUM' ? 1 : 1 - share)
  return { share, correlations: positionalCorrelations(sizes, embedding).map((r) => weight * r), inValues }
}

/** A pool as a step of a run; null where a place sees nothing that it could be divided by. */
export function poolInSpace(step: PoolStep, shape: Shape): PoolInSpace | null {
  const taps = windowTaps(step.layer, spaceOf(shape), step)
  const factors = taps.map((axis) => Array.from(divisors(step, axis), (by) => 1 / by))
  if (!factors.flat().every(Number.isFinite)) return null
  return { kind: 'pool', axes: taps.map(({ sources }) => sources.map((tap) => Array.from(tap))), factors }
}

/** Whether steps map positions onto each other somewhere, so that covariances of all pairs of them are needed. */
export const mixesPositions = (steps: readonly SpaceStep[]): boolean =>
  steps.some((step) =>
    step.kind === 'sum'
      ? step.branches.some(mixesPositions)
      : step.kind === 'attention' || step.kind === 'pool',
  )

/** Attention's map of positions in plain ops. */
export function attended(kernel: Kernel, { mechanism, gain, embedding }: AttentionInSpace): Kernel {
  const given = flatPositions(kernel)
  const scored = embedding === undefined ? given : withCorrelations(given, embedding)
  const valued = embedding?.inValues === true ? scored : given
  const mixed = attendByScores(scored, valued, mechanism, gain, kernel)
  return withFlatPositions(kernel, mixed, spaceOf(kernel.shape1))
}

function withCorrelations(arrays: FlatArrays, { share, correlations }: SpaceEmbedding): FlatArrays {
  const { backend, dtype } = arrays.nngp
  const numbers = dtype === 'float32' ? Float32Array.from(correlations) : correlations
  const positions = Math.sqrt(correlations.length)
  const r = constantFromData(numbers, [positions, positions], backend)
  return mapFlat(arrays, (x) => add<Value>(mul<Value>(x, share), r))
}

/** A pool in plain ops. */
export function pooledInSpace(kernel: Kernel, { axes, factors }: PoolInSpace): Kernel {
  const one = (x: Value, axis: number, i: number): Value => {
    const own = factors[i] as readonly number[]
    const sources = (axes[i] ?? []).map((tap) => Int32Array.from(tap))
    const total = sumOverTaps(x, [axis], { out: own.length, sources })
    const numbers = x.dtype === 'float32' ? Float32Array.from(own) : Float64Array.from(own)
    const shape = total.shape.map((_, at) => (at === axis ? own.length : 1))
    return mul<Value>(total, reshape(constantFromData(numbers, [own.length], x.backend), shape))
  }
  const space = factors.map(({ length }) => length)
  return {
    ...kernel,
    ...mapPositions(kernel, (x, samples) =>
      axes.reduce((y, _, i) => one(one(y, samples + 2 * i, i), samples + 2 * i + 1, i), x),
    ),
    shape1: withSpace(kernel.shape1, space),
    shape2: withSpace(kernel.shape2, space),
  }
}

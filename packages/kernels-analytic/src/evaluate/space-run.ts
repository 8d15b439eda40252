import { type Shape, type SpaceParams, type SpaceStep, sameShape } from '@ntk/tensor'
import { activationOf } from '../activations/by-name.js'
import { chains } from '../steps/chain.js'
import { convTaps } from '../steps/conv.js'
import { flatShape } from '../steps/flatten.js'
import { pooledShape } from '../steps/global-pool.js'
import { spatialAxes } from '../steps/layer-norm.js'
import { spaceOf } from '../steps/positions.js'
import type { AffineStep, ConvStep, KernelStep, PoolStep } from '../steps/step.js'
import { ruleOf } from '../steps/table.js'
import { windowTaps } from '../steps/window.js'
import { attentionInSpace, poolInSpace } from './space-mixing.js'

/** The first steps of a network, from images to where they become vectors, as one piece. */
export interface SpaceRun {
  readonly params: Omit<SpaceParams, 'ntk'>
  /** How many steps it is. */
  readonly taken: number
  /** Shape [batch, channels] behind it. */
  readonly shape: Shape
  /** Whether its last layer is one with weights. */
  readonly isGaussian: boolean
}

/** What is known of a kernel on its way. */
interface Here {
  readonly shape: Shape
  readonly isGaussian: boolean
  /** Whether means vanish; where not, branches may have a covariance with each other. */
  readonly isCentred: boolean
}

/** One or more steps of a network as one of a run, and what is behind it. */
interface Piece extends Here {
  readonly run: readonly SpaceStep[]
  readonly taken: number
}

/**
 * Θ' where it is not K' + w² Θ: with learning rates of their own, and in the standard parameterization d K + w² Θ and 1 for a bias; d of the mean
 * over taps, the gain of w² times that.
 */
function tangentOf(step: AffineStep | ConvStep, taps: number, channels: number): Tangent | undefined {
  const rate = step.rate ?? 1
  if (step.parameterization === 'ntk') {
    return rate === 1 ? undefined : { gain: rate, bias: rate * (step.bStd ?? 0) ** 2 }
  }
  const width = (taps * channels) / (step.inScale ?? 1)
  return { gain: (rate * width) / step.wStd ** 2, bias: step.bStd === null ? 0 : rate }
}

type Tangent = NonNullable<Extract<SpaceStep, { readonly kind: 'window' }>['tangent']>

function windowOf(step: AffineStep | ConvStep, { shape }: Here): SpaceStep | null {
  if (step.kind === 'conv' && step.weights === 'local') return null
  const axes =
    step.kind === 'affine'
      ? []
      : convTaps(step, spaceOf(shape)).map(({ sources }) => sources.map((tap) => Array.from(tap)))
  const taps = axes.reduce((count, axis) => count * axis.length, 1)
  const tangent = tangentOf(step, taps, shape.at(-1) as number)
  if (tangent !== undefined && !Number.isFinite(tangent.gain)) return null
  const variances = { wVar: step.wStd ** 2, bVar: (step.bStd ?? 0) ** 2 }
  return { kind: 'window', axes, ...variances, ...(tangent === undefined ? {} : { tangent }) }
}

/** One step; null where a run has none like it, or where the plain rule may refuse it or needs to know a mean. */
function pieceOf(step: KernelStep, here: Here): Piece | null {
  const piece = (run: readonly SpaceStep[] | null, isGaussian: boolean, isCentred: boolean): Piece | null => {
    const shape = run === null ? undefined : ruleOf(step).shapes(step, [here.shape], chains)[0]
    return run === null || shape === undefined ? null : { run, taken: 1, shape, isGaussian, isCentred }
  }
  const one = (own: SpaceStep | null, isGaussian: boolean, isCentred: boolean): Piece | null =>
    piece(own === null ? null : [own], isGaussian, isCentred)
  if (step.kind === 'affine' || step.kind === 'conv') return one(windowOf(step, here), true, true)
  if (step.kind === 'attention') return piece(attentionInSpace(step, here.shape), true, true)
  if (step.kind === 'pool') return one(poolInSpace(step, here.shape), here.isGaussian, here.isCentred)
  if (!here.isGaussian) return null
  if (step.kind === 'layerNorm') {
    const axes = spatialAxes(step, here.shape.length).map((axis) => axis - 1)
    return one({ kind: 'norm', axes, epsilon: step.epsilon }, true, here.isCentred)
  }
  if (step.kind !== 'activation') return null
  const fused = activationOf(step.name).dual?.fused?.(step.options as never)?.step
  if (fused === undefined || fused.kind === 'affine' || fused.kind === 'profile') return null
  return one(fused, false, false)
}

/** Branches of one source and their sum. */
function sumFrom(steps: readonly KernelStep[], here: Here): Piece | null {
  const [out, parallel, join] = steps
  if (out?.kind !== 'fanOut' || parallel?.kind !== 'parallel' || join?.kind !== 'fanInSum') return null
  if (parallel.branches.length !== out.n) return null
  const branches = parallel.branches.map((branch) => chainOf(branch, here))
  const known = branches.filter((branch) => branch !== null)
  const [first] = known
  if (first === undefined || known.length < branches.length) return null
  if (!known.every(({ shape }) => sameShape(shape, first.shape))) return null
  // Two that are functions of the same values, or have means, have a covariance with each other.
  const bound = known.filter(({ run, isCentred }) => !isCentred || !run.some(({ kind }) => kind === 'window'))
  if (bound.length > 1) return null
  return {
    run: [{ kind: 'sum', branches: known.map(({ run }) => run) }],
    taken: 3,
    shape: first.shape,
    isGaussian: known.every(({ isGaussian }) => isGaussian),
    isCentred: known.every(({ isCentred }) => isCentred),
  }
}

interface Chain extends Here {
  readonly run: readonly SpaceStep[]
  readonly taken: number
}

/** As many steps as a run knows. */
function longestChain(steps: readonly KernelStep[], start: Here): Chain {
  let chain: Chain = { ...start, run: [], taken: 0 }
  for (;;) {
    const step = steps[chain.taken]
    if (step === undefined || endOf(steps.slice(chain.taken), chain.shape) !== null) return chain
    const piece: Piece | null =
      step.kind === 'fanOut' ? sumFrom(steps.slice(chain.taken), chain) : pieceOf(step, chain)
    if (piece === null) return chain
    const { run, taken, ...behind } = piece
    chain = { ...behind, run: [...chain.run, ...run], taken: chain.taken + taken }
  }
}

function chainOf(steps: readonly KernelStep[], start: Here): Chain | null {
  const chain = longestChain(steps, start)
  return chain.taken === steps.length ? chain : null
}

/** Where positions end: how, how many steps that takes, and the shape [batch, channels] behind them. */
interface End {
  readonly end: SpaceParams['end']
  readonly taken: number
  readonly shape: Shape
  readonly isFlat: boolean
}

function endOf([step, next]: readonly KernelStep[], shape: Shape): End | null {
  if (step?.kind === 'flatten') return { end: 'meanOfEqual', taken: 1, shape: flatShape(shape), isFlat: true }
  if (step?.kind === 'globalPool') {
    const end = step.over === 'sum' ? 'sumOfAll' : 'meanOfAll'
    return { end, taken: 1, shape: pooledShape(shape), isFlat: false }
  }
  if (step?.kind !== 'pool' || next?.kind !== 'flatten' || !isWhole(step, spaceOf(shape))) return null
  const end = step.over === 'sum' ? 'sumOfAll' : 'meanOfAll'
  return { end, taken: 2, shape: pooledShape(shape), isFlat: true }
}

/** Whether one window sees every position once. */
function isWhole(step: PoolStep, space: Shape): boolean {
  return (
    step.window.length === space.length &&
    windowTaps(step.layer, space, step).every(({ out, sources }, i) => {
      const seen = new Set(sources.map((tap) => tap[0]).filter((at) => at !== -1))
      return out === 1 && sources.length === space[i] && seen.size === space[i]
    })
  )
}

/**
 * The longest run from images [batch, space..., channels] on that ends where they become vectors, by Flatten or by pooling over all
 * positions, with a dense layer or nothing behind it, which leaves nothing to know of means. Null where there is none.
 */
export function spaceRunOf(steps: readonly KernelStep[], inputShape: Shape): SpaceRun | null {
  if (inputShape.length < 3) return null
  const chain = longestChain(steps, { shape: inputShape, isGaussian: false, isCentred: false })
  if (chain.run[0]?.kind !== 'window') return null
  const end = endOf(steps.slice(chain.taken), chain.shape)
  if (end === null) return null
  const taken = chain.taken + end.taken
  const next = steps.slice(taken).find(({ kind }) => kind !== 'name')
  if (next !== undefined && next.kind !== 'affine') return null
  return {
    params: { steps: chain.run, end: end.end },
    taken,
    shape: end.shape,
    isGaussian: !end.isFlat && chain.isGaussian,
  }
}

import type { DualStep, Shape, StackStep, Value } from '@ntk/tensor'
import { activationOf } from '../activations/by-name.js'
import { type Kernel, spatialRank, withChannels } from '../kernel.js'
import { type PlaceName, placeNames } from '../places.js'
import { chains, evaluateStep } from '../steps/chain.js'
import { wholeMasks, zeroMasked } from '../steps/masks.js'
import type { Chains, Flow, Seen } from '../steps/rule.js'
import type { KernelStep, NameStep } from '../steps/step.js'
import { ruleOf } from '../steps/table.js'
import { dualStackStops, dualStackVariance } from './stack.js'

/** A step of a run on vectors as the fused composite knows it; null where it does not. */
function dualStepOf(step: KernelStep, isGaussian: boolean): DualStep | null {
  if (step.kind === 'affine') {
    if (step.parameterization !== 'ntk' || (step.rate ?? 1) !== 1) return null
    return { kind: 'affine', wVar: step.wStd ** 2, bVar: (step.bStd ?? 0) ** 2 }
  }
  if (step.kind !== 'activation' || !isGaussian) return null
  return activationOf(step.name).dual?.fused?.(step.options as never)?.step ?? null
}

/**
 * The whole network as one run on vectors, from the data on; null where a step is none of a run, or would be refused.
 * Flattening changes nothing on vectors. Throws NtkError 'spec' on steps of no known kind.
 */
export function wholeRun(steps: readonly KernelStep[]): readonly DualStep[] | null {
  for (const step of steps) ruleOf(step)
  const run: DualStep[] = []
  let isGaussian = false
  for (const step of steps) {
    if (step.kind === 'flatten') {
      isGaussian = false
      continue
    }
    const dual = dualStepOf(step, isGaussian)
    if (dual === null) return null
    run.push(dual)
    isGaussian = dual.kind === 'affine'
  }
  return run
}

/** What a run does up to a layer's name in it, or up to its end. */
interface Piece {
  readonly steps: readonly DualStep[]
  /** Channels of the finite network behind the last layer in it; null where there is none. */
  readonly channels: number | null
  readonly name: NameStep | null
}

/** Steps in one piece but for the names in it. */
interface Run {
  readonly pieces: readonly Piece[]
  /** How many steps it is, names left out, and with them. */
  readonly length: number
  readonly taken: number
}

/**
 * The longest run from the first step on that begins and ends with an affine layer: the layer before makes the input
 * Gaussian, the one behind leaves nothing to know of means and sources. Where a name is the end of all steps, so is any layer in front of it.
 */
function runFrom(steps: readonly KernelStep[]): Run {
  const pieces: Piece[] = []
  let piece: { steps: DualStep[]; channels: number | null } = { steps: [], channels: null }
  let run: Run = { pieces, length: 0, taken: 0 }
  let [length, taken, isGaussian] = [0, 0, false]
  for (const [i, step] of steps.entries()) {
    if (step.kind === 'name') {
      pieces.push({ ...piece, name: step })
      piece = { steps: [], channels: null }
      taken = i + 1
      continue
    }
    const dual = dualStepOf(step, isGaussian)
    if (dual === null) break
    length += 1
    isGaussian = dual.kind === 'affine'
    piece.steps.push(dual)
    if (step.kind !== 'affine') continue
    piece.channels = step.out
    run = {
      pieces: [...pieces, { steps: [...piece.steps], channels: step.out, name: null }],
      length,
      taken: i + 1,
    }
  }
  const isAll = piece.steps.length === 0 && pieces.length > 0 && taken === steps.length
  return isAll && length > run.length ? { pieces, length, taken } : run
}

/** A run shorter than this gains nothing: layer, activation, layer. */
const shortest = 3

const passed: readonly PlaceName[] = ['means', 'source', 'masks', 'deficit']

/** Whether a kernel is one of vectors that carries nothing which a run would lose. */
function isPlainVectors(kernel: Kernel): boolean {
  return (
    spatialRank(kernel) === 0 &&
    kernel.diagonalBatch &&
    (Object.keys(placeNames) as PlaceName[]).every((p) => passed.includes(p) || kernel[p] === undefined)
  )
}

/** The kernel behind a piece of a run, whose K and Θ are known. */
function kernelBehind(
  { steps, channels }: Piece,
  kernel: Kernel,
  [nngp, ntk]: readonly [Value, Value | null],
): Kernel {
  const { cov1, cov2 } = kernel
  const shapeOf = (shape: Shape): Shape =>
    channels === null ? shape : withChannels(shape, kernel.channelAxis, channels)
  const isGaussian = steps.at(-1)?.kind === 'affine'
  return {
    ...kernel,
    nngp,
    ntk,
    cov1: dualStackVariance(steps, cov1),
    cov2: cov2 === null ? null : dualStackVariance(steps, cov2),
    isGaussian,
    shape1: shapeOf(kernel.shape1),
    shape2: shapeOf(kernel.shape2),
    means: isGaussian ? 'zero' : undefined,
    source: undefined,
    deficit: undefined,
    masks: wholeMasks(kernel.masks),
  }
}

/**
 * Pairs of vectors know nothing of each other: a run may go through masked samples too. All pieces are one run of the backend, so that what
 * it carries beside K and Θ goes on behind names, and a kernel on the way is that of the network up to there.
 */
function evaluateRun({ pieces }: Run, kernel: Kernel, seen: Seen | undefined): Kernel {
  const long = pieces.filter(({ steps }) => steps.length > 0)
  const steps = long.flatMap(({ steps: own }, i): StackStep[] =>
    i === long.length - 1 ? [...own] : [...own, { kind: 'stop' }],
  )
  const { nngp, ntk, cov1, cov2 } = kernel
  const [last, ...stops] = dualStackStops({ steps, ntk: ntk !== null }, nngp, cov1, cov2 ?? cov1, ntk)
  const results = [...stops, last]
  let at = 0
  return pieces.reduce((before, piece) => {
    const own = piece.steps.length === 0 ? undefined : results[at++]
    const behind = own === undefined ? before : kernelBehind(piece, before, own)
    if (piece.name === null) return zeroMasked(behind)
    seen?.(piece.name, zeroMasked(behind))
    return behind
  }, kernel)
}

/**
 * The evaluator of tiles, piece by piece: takes the longest runs on vectors in one piece and gives everything else to the plain
 * rules, a step a piece. `seen` is shown the kernels behind layers with names.
 */
export function* piecesOfRuns(steps: readonly KernelStep[], flow: Flow, seen?: Seen): Generator<Flow> {
  const within: Chains = { ...chains, seen, evaluate: (inner, before) => evaluateRuns(inner, before, seen) }
  let here = flow
  let at = 0
  while (at < steps.length) {
    const [kernel, ...others] = here
    const run =
      kernel !== undefined && others.length === 0 && isPlainVectors(kernel) ? runFrom(steps.slice(at)) : null
    if (kernel !== undefined && run !== null && run.length >= shortest) {
      here = [evaluateRun(run, kernel, seen)]
      at += run.taken
    } else {
      here = evaluateStep(steps[at] as KernelStep, here, undefined, within)
      at += 1
    }
    yield here
  }
}

/** The same, with nothing between the pieces. */
export function evaluateRuns(steps: readonly KernelStep[], flow: Flow, seen?: Seen): Flow {
  let last = flow
  for (const piece of piecesOfRuns(steps, flow, seen)) last = piece
  return last
}

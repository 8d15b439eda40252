import type { DualStep } from '@ntk/tensor'
import { type Kernel, spatialRank, withChannels } from '../kernel.js'
import { type PlaceName, placeNames } from '../places.js'
import { activationOf } from '../steps/activation.js'
import { chains, evaluateStep } from '../steps/chain.js'
import { wholeMasks, zeroMasked } from '../steps/masks.js'
import type { Chains, Flow } from '../steps/rule.js'
import type { KernelStep } from '../steps/step.js'
import { ruleOf } from '../steps/table.js'
import { dualStack, dualStackVariance } from './stack.js'

/** A step of a run on vectors as the fused composite knows it; null where it does not. */
function dualStepOf(step: KernelStep, isGaussian: boolean): DualStep | null {
  if (step.kind === 'affine') {
    if (step.parameterization !== 'ntk') return null
    return { kind: 'affine', wVar: step.wStd ** 2, bVar: (step.bStd ?? 0) ** 2 }
  }
  if (step.kind !== 'activation' || !isGaussian) return null
  return activationOf(step.name).dual?.fused?.(step.options as never).step ?? null
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

/**
 * The longest run from the first step on that begins and ends with an affine layer: the layer before makes the input
 * Gaussian, the one behind leaves nothing to know of means and sources.
 */
function runFrom(steps: readonly KernelStep[]): readonly DualStep[] {
  const run: DualStep[] = []
  for (const step of steps) {
    const dual = dualStepOf(step, run.at(-1)?.kind === 'affine')
    if (dual === null) break
    run.push(dual)
  }
  return run.at(-1)?.kind === 'affine' ? run : run.slice(0, -1)
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

function evaluateRun(run: readonly DualStep[], kernel: Kernel, channels: number): Kernel {
  const { nngp, ntk, cov1, cov2 } = kernel
  const [k, theta] = dualStack({ steps: run, ntk: ntk !== null }, nngp, cov1, cov2 ?? cov1, ntk)
  // Pairs of vectors know nothing of each other: a run may go through masked samples too.
  return zeroMasked({
    ...kernel,
    nngp: k,
    ntk: theta,
    cov1: dualStackVariance(run, cov1),
    cov2: cov2 === null ? null : dualStackVariance(run, cov2),
    isGaussian: true,
    shape1: withChannels(kernel.shape1, kernel.channelAxis, channels),
    shape2: withChannels(kernel.shape2, kernel.channelAxis, channels),
    means: 'zero',
    source: undefined,
    deficit: undefined,
    masks: wholeMasks(kernel.masks),
  })
}

/**
 * The evaluator of tiles, piece by piece: takes the longest runs on vectors in one piece and gives everything else to the plain
 * rules, a step a piece.
 */
export function* piecesOfRuns(steps: readonly KernelStep[], flow: Flow): Generator<Flow> {
  let here = flow
  let at = 0
  while (at < steps.length) {
    const [kernel, ...others] = here
    const run =
      kernel !== undefined && others.length === 0 && isPlainVectors(kernel) ? runFrom(steps.slice(at)) : []
    const last = steps[at + run.length - 1]
    if (kernel !== undefined && run.length >= shortest && last?.kind === 'affine') {
      here = [evaluateRun(run, kernel, last.out)]
      at += run.length
    } else {
      here = evaluateStep(steps[at] as KernelStep, here, undefined, within)
      at += 1
    }
    yield here
  }
}

/** The same, with nothing between the pieces. */
export function evaluateRuns(steps: readonly KernelStep[], flow: Flow): Flow {
  let last = flow
  for (const piece of piecesOfRuns(steps, flow)) last = piece
  return last
}

const within: Chains = { ...chains, evaluate: (steps, flow) => evaluateRuns(steps, flow) }

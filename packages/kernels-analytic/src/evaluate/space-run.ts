import type { Shape, SpaceParams, SpaceStep } from '@ntk/tensor'
import { activationOf } from '../steps/activation.js'
import { chains } from '../steps/chain.js'
import { convTaps } from '../steps/conv.js'
import { flatShape } from '../steps/flatten.js'
import { pooledShape } from '../steps/global-pool.js'
import { spaceOf } from '../steps/positions.js'
import type { KernelStep } from '../steps/step.js'
import { ruleOf } from '../steps/table.js'

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

function spaceStepOf(step: KernelStep, shape: Shape, behindWindow: boolean): SpaceStep | null {
  if (step.kind === 'affine' || step.kind === 'conv') {
    if (step.parameterization !== 'ntk') return null
    if (step.kind === 'conv' && step.weights === 'local') return null
    const axes =
      step.kind === 'affine'
        ? []
        : convTaps(step, spaceOf(shape)).map(({ sources }) => sources.map((tap) => Array.from(tap)))
    return { kind: 'window', axes, wVar: step.wStd ** 2, bVar: (step.bStd ?? 0) ** 2 }
  }
  if (step.kind !== 'activation' || !behindWindow) return null
  const fused = activationOf(step.name).dual?.fused?.(step.options as never)?.step
  if (fused === undefined || fused.kind === 'affine' || fused.kind === 'profile' || fused.kind === 'series')
    return null
  return fused
}

/**
 * The longest run from images [batch, space..., channels] on that ends where they become vectors, by Flatten or by pooling over all
 * positions, with a dense layer or nothing behind it, which leaves nothing to know of means. Null where there is none.
 */
export function spaceRunOf(steps: readonly KernelStep[], inputShape: Shape): SpaceRun | null {
  if (inputShape.length < 3) return null
  const run: SpaceStep[] = []
  let shape = inputShape
  for (const [i, step] of steps.entries()) {
    const behindWindow = run.at(-1)?.kind === 'window'
    if (step.kind === 'flatten' || step.kind === 'globalPool') {
      const next = steps.slice(i + 1).find(({ kind }) => kind !== 'name')
      if (run.length === 0 || (next !== undefined && next.kind !== 'affine')) return null
      const flat = step.kind === 'flatten'
      const end = flat ? 'meanOfEqual' : step.over === 'sum' ? 'sumOfAll' : 'meanOfAll'
      return {
        params: { steps: run, end },
        taken: i + 1,
        shape: flat ? flatShape(shape) : pooledShape(shape),
        isGaussian: !flat && behindWindow,
      }
    }
    const own = spaceStepOf(step, shape, behindWindow)
    if (own === null) return null
    run.push(own)
    shape = ruleOf(step).shapes(step, [shape], chains)[0] as Shape
  }
  return null
}

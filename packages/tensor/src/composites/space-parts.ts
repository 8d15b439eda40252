import { checkShape, type Shape } from '../shape.js'
import type { SpaceParams, SpaceStep } from './contracts.js'
import { checkParams, spaceEnd, spaceStepList } from './params.js'

/** What a step costs a pair of positions about, on one core, and what a part may take: a signal or a timer waits no longer. In milliseconds. */
const perStep = 5e-6
const perPart = 150

/** How many steps, and whether one mixes positions. */
const lengthOf = (steps: readonly SpaceStep[]): number =>
  steps.reduce(
    (sum, step) =>
      step.kind === 'sum'
        ? sum + step.branches.reduce((all, branch) => all + lengthOf(branch), 0)
        : step.kind === 'attention' || step.kind === 'pool'
          ? Number.NaN
          : sum + 1,
    0,
  )

/**
 * In how many parts kernels of images with `space` positions go, so that none takes long for one pair of them: a number of steps and positions
 * alone, as the whole adds up its parts in their order. One where only equal positions are made, or all of them mix.
 * Throws NtkError 'option' on parameters and 'shape' on a space that are none.
 */
export function spaceParts(params: Pick<SpaceParams, 'steps' | 'end'>, space: Shape): number {
  checkParams('spaceParts', { steps: spaceStepList, end: spaceEnd }, params)
  checkShape('spaceParts', space)
  const { steps, end } = params
  const length = lengthOf(steps)
  if (end === 'meanOfEqual' || Number.isNaN(length)) return 1
  const product = (sizes: Shape): number => sizes.reduce((a, d) => a * d, 1)
  const most = product(space.slice(0, -1))
  return Math.max(1, Math.min(most, Math.floor((product(space) ** 2 * length * perStep) / perPart)))
}

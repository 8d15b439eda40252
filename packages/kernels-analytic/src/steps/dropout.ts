import { div, type Value, where } from '@ntk/tensor'
import { type Kernel, spatialRank } from '../kernel.js'
import type { Num } from '../numbers.js'
import { refusingBut } from '../places.js'
import { type StepHyperparameters, valueOf } from './hyperparameters.js'
import { one } from './one.js'
import { elementsIn, type StepRule } from './rule.js'
import { equalIndices } from './spread.js'
import type { DropoutStep } from './step.js'

/**
 * Numbers kept with probability r and divided by it: masks are independent, so that only a number with itself changes, to
 * K/r and Θ/r. A sample is itself where x2 is null; x2 with the same numbers draws masks of its own. The output is a product with
 * a coin's toss and no longer Gaussian.
 */
function dropout(
  kernel: Kernel,
  { keep }: DropoutStep,
  values: StepHyperparameters<Num> | undefined,
): Kernel {
  const r = valueOf(keep, 'keep', values)
  const rank = kernel.diagonalSpatial ? 0 : spatialRank(kernel)
  const positions = (from: number): number[] => Array.from({ length: rank }, (_, i) => from + 2 * i)
  const scaled = (x: Value, pairs: readonly number[]): Value => {
    const itself = div<Value>(x, r)
    return pairs.length === 0 ? itself : where(equalIndices(x, pairs), itself, x)
  }
  const pairwise = (x: Value): Value => (kernel.x1IsX2 ? scaled(x, [0, ...positions(2)]) : x)
  const own = (x: Value): Value => scaled(x, kernel.diagonalBatch ? positions(1) : [0, ...positions(2)])
  return {
    ...kernel,
    nngp: pairwise(kernel.nngp),
    ntk: kernel.ntk === null ? null : pairwise(kernel.ntk),
    cov1: own(kernel.cov1),
    cov2: kernel.cov2 === null ? null : own(kernel.cov2),
    isGaussian: false,
    source: kernel.source === undefined ? undefined : { of: kernel.source.of, by: 'other' },
  }
}

export const dropoutRule: StepRule<DropoutStep> = {
  name: () => 'Dropout',
  places: () => refusingBut({ means: 'carries', source: 'carries', masks: 'carries' }),
  spatial: () => 'same',
  shapes: (_step, shapes) => shapes,
  hyperparameters: ({ keep }) => ({ keep }),
  evaluate: (step, flow, values) => [dropout(one(flow, 'Dropout'), step, values)],
  operations: (_step, work) => elementsIn(work),
}

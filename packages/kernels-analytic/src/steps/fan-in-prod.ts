import { add, mul, NtkError, type Value } from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import { refusingBut, type Sides } from '../places.js'
import { alike } from './alike.js'
import { masksOfAll } from './masks.js'
import { oneShapeOfAll } from './one.js'
import { elementsIn, type Flow, type StepRule } from './rule.js'
import { outerSource } from './shared-source.js'
import type { FanInProdStep } from './step.js'

const productOf = (values: readonly Value[]): Value => values.reduce((a, b) => mul(a, b))

/**
 * The kernel of a product of branches with weights of their own: K = Π K_i, and by the product rule Θ = Σ_i Θ_i Π_{j≠i} K_j. It
 * needs no Gaussians: the expectation of a product of independent values is the product of theirs.
 */
function product(flow: Flow): Kernel {
  const first = alike('FanInProd', flow)
  const linked = flow.filter((k) => k.source !== undefined)
  if (linked.length > 1) throw dependent()
  const source = linked[0] === undefined ? undefined : outerSource(linked[0])
  if (flow.length === 1) return { ...first, source }
  const parts = flow.map(({ ntk }, i) =>
    ntk === null ? null : productOf([ntk, ...flow.filter((_, j) => j !== i).map((k) => k.nngp)]),
  )
  const cov2 = flow.map((k) => k.cov2)
  return {
    ...first,
    nngp: productOf(flow.map((k) => k.nngp)),
    ntk: parts.every((part) => part !== null) ? parts.reduce((a, b) => add(a, b)) : null,
    cov1: productOf(flow.map((k) => k.cov1)),
    cov2: cov2.every((value) => value !== null) ? productOf(cov2) : null,
    isGaussian: false,
    means: meansOf(flow),
    source,
    masks: masksOfAll(flow),
  }
}

function dependent(): NtkError {
  return new NtkError('requirement', {
    what: 'The kernel of FanInProd needs branches with weights of their own, but for one.',
    got: 'branches that are functions of the same values, with no Dense or convolutional layer between, such as u · relu(u)',
    fix: 'Put a Dense or convolutional layer into one of the branches, or estimate the kernel by sampling (monteCarloKernelFn of @ntk/kernels-empirical).',
  })
}

/** E[Π z_i] = Π E[z_i]; not known where one is not, unless another vanishes. */
function meansOf(flow: Flow): Sides | 'zero' | undefined {
  const all = flow.map((k) => k.means)
  if (all.includes('zero')) return 'zero'
  const known = all.filter((means): means is Sides => means !== undefined && means !== 'zero')
  if (known.length < flow.length) return undefined
  const of2 = known.map((means) => means.of2)
  return {
    of1: productOf(known.map((means) => means.of1)),
    of2: of2.every((value) => value !== null) ? productOf(of2) : null,
  }
}

export const fanInProdRule: StepRule<FanInProdStep> = {
  name: () => 'FanInProd',
  places: () => refusingBut({ means: 'carries', source: 'consumes', masks: 'carries' }),
  spatial: () => 'same',
  shapes: (_step, shapes) => [oneShapeOfAll(shapes, 'FanInProd')],
  hyperparameters: () => ({}),
  evaluate: (_step, flow) => [product(flow)],
  operations: (_step, work) => elementsIn(work) * (work.ntk ? work.shapes.length + 1 : 1),
}

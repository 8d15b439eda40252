import { add, mul, NtkError, sameShape, showShape, type Value } from '@ntk/tensor'
import { type Kernel, spatialRank } from '../kernel.js'
import { refusingBut, type Sides } from '../places.js'
import { masksOfAll } from './masks.js'
import { elementsIn, type Flow, type StepRule } from './rule.js'
import { sumOfFunctions } from './shared-source.js'
import { spread, spreadSpace } from './spread.js'
import type { FanInSumStep } from './step.js'

/** Covariances of two branches with each other, to be added on both sides of the sum; null where they have none. */
interface Cross {
  readonly nngp: Value
  readonly ntk: Value | null
  readonly cov1: Value
  readonly cov2: Value | null
}

/**
 * The kernel of a sum of branches: K and Θ of all of them, and of every two their covariance with each other.
 *
 * - Branches that have no weights since they parted are functions of the same values: their sum is one function of them.
 * - Weights of its own make a branch independent of the others, given what came before: the covariance is the product of the
 *   means, 0 after an affine layer.
 */
function sum(branches: Flow): Kernel {
  const apart = branches.filter((k) => k.source === undefined)
  const [linked, ...others] = branches.filter((k) => k.source !== undefined)
  const together = linked?.source === undefined ? [] : [sumOfFunctions(linked, linked.source, others)]
  const flow = [...together, ...apart]
  const first = alike(flow)
  if (flow.length === 1) return first
  const crosses = flow.flatMap((a, i) => flow.slice(i + 1).map((b) => crossOf(a, b)))
  const total = (pick: (k: Kernel | Cross) => Value | null): Value | null => {
    const own = flow.map(pick)
    if (!own.every((value) => value !== null)) return null
    const shared = crosses
      .map((cross) => (cross === null ? null : pick(cross)))
      .filter((value) => value !== null)
    return [...own, ...shared.map((value) => mul(value, 2))].reduce((x, y) => add(x, y))
  }
  const { source } = first
  return {
    ...first,
    nngp: total((k) => k.nngp) as Value,
    ntk: total((k) => k.ntk),
    cov1: total((k) => k.cov1) as Value,
    cov2: total((k) => k.cov2),
    isGaussian: flow.every((k) => k.isGaussian),
    means: sumOfMeans(flow),
    source: source === undefined ? undefined : { of: source.of, by: 'other' },
    masks: masksOfAll(flow),
  }
}

/** The first of some branches. Throws NtkError 'requirement' unless there are any, all of one shape. */
function alike(flow: Flow): Kernel {
  const [first] = flow
  if (first === undefined) {
    throw new NtkError('requirement', {
      what: 'The kernel of FanInSum needs at least one branch.',
      got: 'none',
    })
  }
  for (const k of flow) {
    if (
      !sameShape(k.nngp.shape, first.nngp.shape) ||
      k.diagonalSpatial !== first.diagonalSpatial ||
      k.diagonalBatch !== first.diagonalBatch
    ) {
      throw new NtkError('requirement', {
        what: 'The kernel of FanInSum needs branches of one shape.',
        got: flow.map((x) => showShape(x.nngp.shape)).join(', '),
        fix: 'Give all branches the same strides, padding and spatial covariances.',
      })
    }
  }
  return first
}

function crossOf(a: Kernel, b: Kernel): Cross | null {
  if (a.means === 'zero' || b.means === 'zero') return null
  if (a.means === undefined || b.means === undefined) {
    throw new NtkError('requirement', {
      what: 'The kernel of FanInSum needs the means of branches that both end without a Dense or convolutional layer.',
      got: 'a branch whose mean is not known (the data itself, Flatten of positions, or an activation without a formula for it)',
      fix: 'End one of the branches with a Dense or convolutional layer.',
    })
  }
  return crossOfMeans(a, a.means, b.means)
}

/** m(x) m'(x') of independent branches; symmetric in the two, half from each order. */
function crossOfMeans(kernel: Kernel, a: Sides, b: Sides): Cross {
  const rank = kernel.diagonalSpatial ? 0 : spatialRank(kernel)
  const outer = (m: Value, n: Value): Value => mul(spread(m, 0, rank), spread(n, 1, rank))
  const both = (at: (m: Value, n: Value) => Value, m1: Value, n2: Value, n1: Value, m2: Value): Value =>
    mul(add(at(m1, n2), at(n1, m2)), 0.5)
  const own = (m: Value, n: Value): Value => {
    if (!kernel.diagonalBatch) return both(outer, m, n, n, m)
    if (rank === 0) return mul(m, n)
    return both((x, y) => mul(spreadSpace(x, 0), spreadSpace(y, 1)), m, n, n, m)
  }
  const [a2, b2] = [a.of2 ?? a.of1, b.of2 ?? b.of1]
  return {
    nngp: both(outer, a.of1, b2, b.of1, a2),
    // No parameter is in both branches, and what they share before them has no part in this in the limit.
    ntk: null,
    cov1: own(a.of1, b.of1),
    cov2: a.of2 === null || b.of2 === null ? null : own(a.of2, b.of2),
  }
}

function sumOfMeans(flow: Flow): Sides | 'zero' | undefined {
  let total: Sides | 'zero' = 'zero'
  for (const { means } of flow) {
    if (means === undefined) return undefined
    if (means === 'zero') continue
    total = total === 'zero' ? means : addSides(total, means)
  }
  return total
}

function addSides(a: Sides, b: Sides): Sides {
  return { of1: add(a.of1, b.of1), of2: a.of2 === null || b.of2 === null ? null : add(a.of2, b.of2) }
}

export const fanInSumRule: StepRule<FanInSumStep> = {
  name: () => 'FanInSum',
  places: () => refusingBut({ means: 'carries', source: 'consumes', masks: 'carries' }),
  spatial: () => 'same',
  shapes: (_step, shapes) => {
    const [first] = shapes
    if (first !== undefined && shapes.every((shape) => sameShape(shape.slice(1), first.slice(1))))
      return [first]
    throw new NtkError('shape', {
      what: 'FanInSum needs branches of one shape.',
      got: shapes.length === 0 ? 'no branches' : shapes.map(showShape).join(', '),
    })
  },
  hyperparameters: () => ({}),
  evaluate: (_step, flow) => [sum(flow)],
  operations: (_step, work) => elementsIn(work) * (work.ntk ? 2 : 1),
}

import { div, reshape, type Shape, sizeOf, type Value, where, zeros } from '@ntk/tensor'
import { type Kernel, spatialRank, withChannels } from '../kernel.js'
import type { Num } from '../numbers.js'
import { refusingBut } from '../places.js'
import { affineKernel } from './affine.js'
import { deficitOverTaps } from './deficit-in-space.js'
import type { StepHyperparameters } from './hyperparameters.js'
import { masksAtMiddle, masksOfTaps } from './masks.js'
import { one, oneShape } from './one.js'
import { mapPositions, spaceOf, sumOverTaps, withSpace } from './positions.js'
import { elementsOf, type StepRule } from './rule.js'
import { equalIndices, pairDiagonal } from './spread.js'
import type { ConvStep } from './step.js'
import { type AxisTaps, transposedTaps, windowTaps } from './window.js'

/** What the window of a convolution sees along each axis. */
export const convTaps = (step: ConvStep, space: Shape): AxisTaps[] =>
  (step.weights === 'transposed' ? transposedTaps : windowTaps)(step.layer, space, step)

/**
 * The mean over the taps of the window of the covariance of what both sides see through one tap: different taps have
 * independent weights (Novak et al. 2019, eq. 8; Garriga-Alonso et al. 2019, eq. 7). Taps go axis by axis, additions alone.
 */
function meanOverTaps(kernel: Kernel, taps: readonly AxisTaps[], paired: boolean): Kernel {
  const count = taps.reduce((product, { sources }) => product * sources.length, 1)
  const space = taps.map(({ out }) => out)
  const average = (x: Value, samples: number): Value => {
    const at = (i: number): number[] => (paired ? [samples + 2 * i, samples + 2 * i + 1] : [samples + i])
    return div<Value>(
      taps.reduce((y, axis, i) => sumOverTaps(y, at(i), axis), x),
      count,
    )
  }
  const after = {
    ...kernel,
    ...mapPositions(kernel, average),
    shape1: withSpace(kernel.shape1, space),
    shape2: withSpace(kernel.shape2, space),
  }
  return { ...after, deficit: deficitOverTaps(kernel, after, taps, (x) => average(x, 2)) }
}

/** A kernel of equal positions as one of all pairs, different positions being independent. */
function independentPositions(kernel: Kernel, rank: number): Kernel {
  const mapped = mapPositions(kernel, (x, samples) => {
    const [n, space] = [x.shape.slice(0, samples), x.shape.slice(samples)]
    const rows = reshape(x, [...n, ...space.flatMap((d) => [d, 1])])
    const full: Value = zeros([...n, ...space.flatMap((d) => [d, d])], x.dtype)
    const pairs = Array.from({ length: rank }, (_, i) => samples + 2 * i)
    return where(equalIndices(full, pairs), rows, full)
  })
  return { ...kernel, ...mapped, diagonalSpatial: false }
}

function equalPositions(kernel: Kernel, rank: number): Kernel {
  const mapped = mapPositions(kernel, (x, samples) =>
    Array.from({ length: rank }, (_, i) => samples + i).reduce((y, axis) => pairDiagonal(y, axis), x),
  )
  return { ...kernel, ...mapped, diagonalSpatial: true }
}

function conv(kernel: Kernel, step: ConvStep, values: StepHyperparameters<Num> | undefined): Kernel {
  const taps = convTaps(step, spaceOf(kernel.shape1))
  const rank = spatialRank(kernel)
  const size = sizeOf(step.window)
  const masks =
    step.weights === 'transposed' ? masksOfTaps(kernel, taps) : masksAtMiddle(kernel, step.layer, step)
  if (step.weights !== 'local' || kernel.diagonalSpatial) {
    const mean = meanOverTaps(kernel, taps, !kernel.diagonalSpatial)
    return affineKernel({ ...mean, masks }, step, values, size)
  }
  // Every position has weights and biases of its own.
  const own = meanOverTaps(equalPositions({ ...kernel, deficit: undefined }, rank), taps, false)
  return independentPositions(affineKernel({ ...own, masks, deficit: undefined }, step, values, size), rank)
}

export const convRule: StepRule<ConvStep> = {
  name: (step) => step.layer,
  places: () => refusingBut({ means: 'consumes', source: 'consumes', masks: 'carries', deficit: 'carries' }),
  spatial: () => 'same',
  shapes: (step, shapes) => {
    const shape = oneShape(shapes, step.layer)
    const space = convTaps(step, spaceOf(shape)).map(({ out }) => out)
    return [withChannels(withSpace(shape, space), shape.length - 1, step.out)]
  },
  hyperparameters: ({ wStd, bStd }) => (bStd === null ? { wStd } : { wStd, bStd }),
  evaluate: (step, flow, values) => [conv(one(flow, step.layer), step, values)],
  operations: (step, { shapes, layout, after, ntk }, chains) => {
    // An addition a tap and axis, and the layer's own.
    const out = convRule.shapes(step, shapes, chains)
    const elements = Math.max(elementsOf(shapes[0] as Shape, layout), elementsOf(out[0] as Shape, after))
    return elements * (step.window.reduce((a, k) => a + k, 0) + 2) * (ntk ? 2 : 1)
  },
}

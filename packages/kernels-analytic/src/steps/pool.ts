import { constantFromData, div, mul, type Shape, type Value } from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import { refusingBut, type Sides } from '../places.js'
import { requireFullSpatial } from '../requirements.js'
import { masksAtMiddle, requireWholePositions } from './masks.js'
import { one, oneShape } from './one.js'
import { mapPositions, spaceOf, sumOverTaps, withSpace } from './positions.js'
import { elementsOf, type StepRule } from './rule.js'
import type { PoolStep } from './step.js'
import { type AxisTaps, windowTaps } from './window.js'

/** What the sum of a window along one axis is divided by at every place: one number, or as many as there are places. */
export function divisors({ over }: PoolStep, { out, sources }: AxisTaps): Float64Array {
  if (over === 'sum') return new Float64Array(out).fill(1)
  if (over === 'window') return new Float64Array(out).fill(sources.length)
  return Float64Array.from({ length: out }, (_, o) => sources.filter((tap) => tap[o] !== -1).length)
}

/** One side of covariances, or means, pooled along one axis. */
function pooled(x: Value, axis: number, step: PoolStep, taps: AxisTaps): Value {
  const total = sumOverTaps(x, [axis], taps)
  const by = divisors(step, taps)
  if (by.every((d) => d === by[0])) return by[0] === 1 ? total : div<Value>(total, by[0] as number)
  const shape = x.shape.map((_, i) => (i === axis ? by.length : 1))
  const factors = by.map((d) => 1 / d)
  const numbers = x.dtype === 'float32' ? Float32Array.from(factors) : factors
  return mul<Value>(total, constantFromData(numbers, shape))
}

/**
 * The kernel of pooling: on both sides the sum or mean over the window, K' = A K Aᵀ along each axis. A linear map of positions
 * that is the same for all channels: they stay alike, independent and, if they were, Gaussian.
 */
function pool(kernel: Kernel, step: PoolStep): Kernel {
  requireFullSpatial(kernel, step.layer)
  requireWholePositions(kernel, step.layer)
  const taps = windowTaps(step.layer, spaceOf(kernel.shape1), step)
  const space = taps.map(({ out }) => out)
  const { means, source } = kernel
  const meansOf = (x: Value): Value => taps.reduce((y, axis, i) => pooled(y, 1 + i, step, axis), x)
  return {
    ...kernel,
    ...mapPositions(kernel, (x, samples) =>
      taps.reduce((y, axis, i) => {
        const at = samples + 2 * i
        return pooled(pooled(y, at, step, axis), at + 1, step, axis)
      }, x),
    ),
    shape1: withSpace(kernel.shape1, space),
    shape2: withSpace(kernel.shape2, space),
    means: means === undefined || means === 'zero' ? means : mapSides(means, meansOf),
    source: source === undefined ? undefined : { of: source.of, by: 'other' },
    masks: masksAtMiddle(kernel, step.layer, step),
  }
}

export function mapSides({ of1, of2 }: Sides, f: (x: Value) => Value): Sides {
  return { of1: f(of1), of2: of2 === null ? null : f(of2) }
}

export const poolRule: StepRule<PoolStep> = {
  name: (step) => step.layer,
  places: () => refusingBut({ means: 'carries', source: 'carries', masks: 'carries' }),
  spatial: () => 'full',
  shapes: (step, shapes) => {
    const shape = oneShape(shapes, step.layer)
    return [
      withSpace(
        shape,
        windowTaps(step.layer, spaceOf(shape), step).map(({ out }) => out),
      ),
    ]
  },
  hyperparameters: () => ({}),
  evaluate: (step, flow) => [pool(one(flow, step.layer), step)],
  operations: (step, { shapes, layout, ntk }) =>
    elementsOf(shapes[0] as Shape, layout) * 2 * (step.window.reduce((a, k) => a + k, 0) + 1) * (ntk ? 2 : 1),
}

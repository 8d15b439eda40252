import {
  add,
  cast,
  div,
  equal,
  logicalNot,
  maximum,
  mean,
  mul,
  NtkError,
  normalizeAxes,
  type Shape,
  sqrt,
  square,
  sub,
  sum,
  type Value,
  where,
} from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import { refusingBut, type Sides } from '../places.js'
import { beside, variancesOfSides } from './beside.js'
import { requireWholePositions } from './masks.js'
import { one, oneShape } from './one.js'
import { elementsIn, type StepRule } from './rule.js'
import type { LayerNormStep } from './step.js'

/** What one side is shifted by and divided by, [n, spatial...] each; its mean null where it vanishes. */
interface Norm {
  readonly mean: Value | null
  /** Of all that is normalized together; the axes of it have size 1. */
  readonly centre: Value | null
  readonly scale: Value
}

/**
 * The axes of [n, spatial...] that are averaged beside the channels. Throws NtkError 'axis' on the batch and on axes that are not
 * there, 'unsupported' where channels are not among them.
 */
export function spatialAxes(step: Pick<LayerNormStep, 'axis'>, rank: number): readonly number[] {
  const axes = normalizeAxes('LayerNorm', step.axis, rank)
  if (axes.includes(0)) {
    throw new NtkError('axis', {
      what: 'LayerNorm normalizes within samples.',
      got: 'the batch axis',
      fix: 'Use BatchNorm.',
    })
  }
  if (!axes.includes(rank - 1)) {
    throw new NtkError('unsupported', {
      what: 'LayerNorm has an infinite-width kernel where the channels are among its axes: only over many channels do mean and variance become numbers.',
      got: `axes ${axes.join(', ')} of ${rank}`,
      fix: `Add the channel axis (-1), or estimate the kernel by sampling (monteCarloKernelFn of @ntk/kernels-empirical).`,
    })
  }
  return axes.filter((axis) => axis !== rank - 1)
}

/** Means a channel, null where they vanish. Throws NtkError 'requirement' where nobody knows them. */
function meansOf(kernel: Kernel): Sides | null {
  if (kernel.isGaussian || kernel.means === 'zero') return null
  if (kernel.means !== undefined) return kernel.means
  throw new NtkError('requirement', {
    what: 'The kernel of LayerNorm needs the mean over channels of what comes in.',
    got: 'a kernel whose mean is not known (the data itself, Flatten of positions with means, or an activation without a formula for it)',
    fix: 'Put a Dense or convolutional layer before it, or LayerNorm before Flatten with positions among its axes; data can be normalized beforehand, by LayerNorm().apply(null, x).',
  })
}

/** The mean over axes of what is not masked, which is 0 where all is; masked numbers are 0. */
function averageOver(axes: readonly number[], mask: Value | null): (x: Value) => Value {
  if (axes.length === 0) return (x) => x
  const over = { axis: axes, keepDims: true }
  if (mask === null) return (x) => mean(x, over)
  return (x) => div(sum(x, over), maximum(sum(cast(logicalNot(mask), x.dtype), over), 1))
}

/**
 * Of a wide layer with means m and variances q a channel: m̄ and q̄ averaged over the axes, and √(q̄ − m̄² + ε). Where that is 0 the
 * values are all m̄ and become 0, so that any other number does.
 */
function normOf(q: Value, m: Value | null, average: (x: Value) => Value, epsilon: number): Norm {
  const centre = m === null ? null : average(m)
  const variance = centre === null ? average(q) : maximum(sub(average(q), square(centre)), 0)
  const total = epsilon === 0 ? where(equal(variance, 0), 1, variance) : add(variance, epsilon)
  return { mean: m, centre, scale: sqrt(total) }
}

/**
 * The kernel of layer normalization (Ba et al. 2016) over channels and some spatial axes. At infinite width mean and variance of
 * a sample are numbers, m̄ and s², and what is left is linear: K'(x, x') = E[(z − m̄)(z' − m̄')]/(s s'), Θ' = Θ/(s s'); neither
 * the gradient of m̄ nor that of s counts against that of one channel. Scales are divided one by one: their squares may not fit.
 */
export function layerNorm(kernel: Kernel, step: Omit<LayerNormStep, 'kind'>): Kernel {
  const axes = spatialAxes(step, kernel.shape1.length)
  const means = meansOf(kernel)
  requireWholePositions(kernel, 'LayerNorm')
  const variances = variancesOfSides(kernel)
  const { masks } = kernel
  const norm1 = normOf(variances.of1, means?.of1 ?? null, averageOver(axes, masks?.of1 ?? null), step.epsilon)
  const norm2 =
    variances.of2 === null
      ? norm1
      : normOf(
          variances.of2,
          means === null ? null : (means.of2 ?? means.of1),
          averageOver(axes, masks === undefined ? null : (masks.of2 ?? masks.of1)),
          step.epsilon,
        )
  const at = beside(kernel)
  const scaled = (x: Value, to: typeof at.pairs, a: Norm, b: Norm): Value =>
    div(x, mul(to(a.scale, 0), to(b.scale, 1)))
  const covariance = (k: Value, to: typeof at.pairs, a: Norm, b: Norm): Value => {
    const shift = shiftOf(to, a, b)
    return scaled(shift === null ? k : sub(k, shift), to, a, b)
  }
  return {
    ...kernel,
    nngp: covariance(kernel.nngp, at.pairs, norm1, norm2),
    ntk: kernel.ntk === null ? null : scaled(kernel.ntk, at.pairs, norm1, norm2),
    cov1: covariance(kernel.cov1, at.own, norm1, norm1),
    cov2: kernel.cov2 === null ? null : covariance(kernel.cov2, at.own, norm2, norm2),
    means:
      means === null || axes.length === 0 ? 'zero' : meansAfter(norm1, means.of2 === null ? null : norm2),
    source: kernel.source === undefined ? undefined : { of: kernel.source.of, by: 'other' },
  }
}

/** E[z z'] − E[(z − m̄)(z' − m̄')] = m m̄' + m̄ m' − m̄ m̄'; null without means. */
function shiftOf(to: (x: Value, side: 0 | 1) => Value, a: Norm, b: Norm): Value | null {
  if (a.mean === null || a.centre === null || b.mean === null || b.centre === null) return null
  const outer = (m: Value, n: Value): Value => mul(to(m, 0), to(n, 1))
  return sub(add(outer(a.mean, b.centre), outer(a.centre, b.mean)), outer(a.centre, b.centre))
}

function meansAfter(norm1: Norm, norm2: Norm | null): Sides {
  const of = ({ mean: m, centre, scale }: Norm): Value => div(sub(m as Value, centre as Value), scale)
  return { of1: of(norm1), of2: norm2 === null ? null : of(norm2) }
}

export const layerNormRule: StepRule<LayerNormStep> = {
  name: () => 'LayerNorm',
  places: () => refusingBut({ means: 'consumes', source: 'carries', masks: 'carries' }),
  spatial: () => 'same',
  shapes: (step, shapes) => {
    const shape: Shape = oneShape(shapes, 'LayerNorm')
    spatialAxes(step, shape.length)
    return [shape]
  },
  hyperparameters: () => ({}),
  evaluate: (step, flow) => [layerNorm(one(flow, 'LayerNorm'), step)],
  operations: (_step, work) => elementsIn(work) * (work.ntk ? 3 : 2),
}

import {
  add,
  type Composite,
  type CompositeParams,
  mul,
  reshape,
  type SpaceActivation,
  type SpacePart,
  type SpaceStep,
  sum,
  type Value,
} from '@ntk/tensor'
import { affineDeficit } from '../activations/deficit.js'
import { inputKernel } from '../fn/input-kernel.js'
import type { Kernel } from '../kernel.js'
import { activationKernel, type DualActivation, filled } from '../steps/activation.js'
import { deficitOverTaps } from '../steps/deficit-in-space.js'
import { flatten } from '../steps/flatten.js'
import { globalPool } from '../steps/global-pool.js'
import { layerNorm } from '../steps/layer-norm.js'
import { pairsOf } from '../steps/pairs.js'
import { mapPositions, spaceOf, sumOverTaps, withSpace } from '../steps/positions.js'
import type { ActivationStep } from '../steps/step.js'
import { attended, mixesPositions, pooledInSpace } from './space-mixing.js'

type WindowStep = Extract<SpaceStep, { readonly kind: 'window' }>

/** A window as plain ops: K' = w̄ Σ_t K + b over both sides of each axis, Θ' = w̄ Σ_t (gain K + Θ) + bias. */
function windowed(kernel: Kernel, { axes, wVar, bVar, tangent }: WindowStep): Kernel {
  const weight = axes.reduce((w, window) => w / window.length, wVar)
  const paired = !kernel.diagonalSpatial
  const windows = axes.map((sources) => ({
    out: sources[0]?.length ?? 0,
    sources: sources.map((tap) => Int32Array.from(tap)),
  }))
  const weighted = (x: Value, samples: number): Value =>
    windows.reduce(
      (y, taps, i) => sumOverTaps(y, paired ? [samples + 2 * i, samples + 2 * i + 1] : [samples + i], taps),
      mul<Value>(x, weight),
    )
  const mapped = mapPositions(kernel, weighted)
  const biased = (x: Value): Value => (bVar === 0 ? x : add<Value>(x, bVar))
  const nngp = biased(mapped.nngp)
  const own = tangent === undefined ? nngp : add<Value>(mul<Value>(mapped.nngp, tangent.gain), tangent.bias)
  const space = axes.length === 0 ? spaceOf(kernel.shape1) : axes.map((sources) => sources[0]?.length ?? 0)
  const averaged = { ...kernel, ...mapped }
  const deficit = deficitOverTaps(kernel, averaged, windows, (x) => weighted(x, 2))
  return {
    ...kernel,
    deficit:
      deficit === undefined
        ? undefined
        : affineDeficit(pairsOf(averaged), deficit, 1, bVar === 0 ? null : bVar),
    nngp,
    ntk: mapped.ntk === null ? null : add(own, mapped.ntk),
    cov1: biased(mapped.cov1),
    cov2: mapped.cov2 === null ? null : biased(mapped.cov2),
    shape1: withSpace(kernel.shape1, space),
    shape2: withSpace(kernel.shape2, space),
    isGaussian: true,
  }
}

/** A step of the contract as an activation of the table. */
function activationStep(step: SpaceActivation): DualActivation {
  if (step.kind === 'series') {
    const { name, options } = step.of
    return filled({ kind: 'activation', name, options: options as ActivationStep['options'] }, undefined)
  }
  const { kind, ...options } = step
  return filled({ kind: 'activation', name: kind === 'erf' ? 'Erf' : 'ABRelu', options }, undefined)
}

function stepped(given: Kernel, step: SpaceStep): Kernel {
  if (step.kind === 'window') return windowed(given, step)
  if (step.kind === 'abRelu') return activationKernel(given, activationStep(step))
  const kernel = { ...given, deficit: undefined }
  if (step.kind === 'norm') {
    return layerNorm(kernel, { axis: [...step.axes.map((axis) => axis + 1), -1], epsilon: step.epsilon })
  }
  if (step.kind === 'attention') return attended(kernel, step)
  if (step.kind === 'pool') return pooledInSpace(kernel, step)
  if (step.kind === 'sum') {
    const branches = step.branches.map((branch) => branch.reduce(stepped, given))
    return branches.reduce((a, b) => ({
      ...a,
      deficit: undefined,
      nngp: add(a.nngp, b.nngp),
      ntk: a.ntk === null || b.ntk === null ? null : add(a.ntk, b.ntk),
      cov1: add(a.cov1, b.cov1),
      cov2: a.cov2 === null || b.cov2 === null ? null : add(a.cov2, b.cov2),
      isGaussian: a.isGaussian && b.isGaussian,
    }))
  }
  return activationKernel(kernel, activationStep(step))
}

function evaluated(
  x1: Value,
  x2: Value | null,
  { steps, end }: Pick<CompositeParams<'spaceKernel'>, 'steps' | 'end'>,
  ntk: boolean,
): Kernel {
  const start = inputKernel(x1, x2, {
    diagonalSpatial: end === 'meanOfEqual' && !mixesPositions(steps),
    ntk,
  })
  const last = { ...steps.reduce(stepped, start), deficit: undefined }
  if (end === 'meanOfEqual') return flatten(last)
  return globalPool(last, { kind: 'globalPool', layer: end, over: end === 'sumOfAll' ? 'sum' : 'mean' })
}

/** A zero for each image, on its device. */
const zeroOfEach = (x: Value): Value =>
  sum(mul<Value>(x, 0), { axis: x.shape.slice(1).map((_, axis) => axis + 1) })

/** Of some parts the first is all and the others are zeros, for which nothing is computed. */
const isEmpty = (part: SpacePart | undefined): boolean => part !== undefined && part.index > 0

/** K and Θ of images from the data to the end of a run in space; see the contract. */
export const spaceKernelComposite: Composite<'spaceKernel'> = {
  name: 'spaceKernel',
  decompose: ([x1, x2], params) => {
    if (isEmpty(params.part)) {
      const [rows, columns] = [reshape(zeroOfEach(x1), [-1, 1]), zeroOfEach(x2)]
      const zeros = (): Value => add<Value>(rows, columns)
      return params.ntk ? [zeros(), zeros()] : [zeros()]
    }
    const { nngp, ntk } = evaluated(x1, params.symmetric ? null : x2, params, params.ntk)
    return ntk === null ? [nngp] : [nngp, ntk]
  },
}

/** K of each image with itself. */
export const spaceVarianceComposite: Composite<'spaceVariance'> = {
  name: 'spaceVariance',
  decompose: ([x], params) => [isEmpty(params.part) ? zeroOfEach(x) : evaluated(x, x, params, false).cov1],
}

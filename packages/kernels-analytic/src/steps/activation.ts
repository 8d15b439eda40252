import { mul, type Value } from '@ntk/tensor'
import { requireParts } from '@ntk/tensor/options'
import type { PairCovariances } from '../activations/activation.js'
import { activationOf } from '../activations/by-name.js'
import type { Slopes } from '../activations/slopes.js'
import { dualStackVariance } from '../evaluate/stack.js'
import { type Kernel, spatialRank } from '../kernel.js'
import type { Num } from '../numbers.js'
import { refusingBut, type Sides } from '../places.js'
import { requireGaussian } from '../requirements.js'
import { composed } from './composed.js'
import { noKernel } from './finite-only.js'
import { type StepHyperparameters, valueOf } from './hyperparameters.js'
import { one } from './one.js'
import { elementsIn, functionCost, type StepRule } from './rule.js'
import { spread, spreadSpace, variancesOf } from './spread.js'
import type { ActivationStep } from './step.js'

/** The expectations of one activation, with its options filled in. */
export interface DualActivation {
  /** For messages. */
  readonly name: string
  /** T and Θ·Ṫ (null without Θ) of q, q11, q22, Θ; q11 and q22 broadcast to q. */
  dual(covariances: PairCovariances, ntk: Value | null): readonly [Value, Value | null]
  /** E[φ(u)²] of u ~ N(0, q): what `dual` gives for equal inputs, to the bit. */
  variance(q: Value): Value
  /** 1 − |c| of the outputs, where deficits go on. */
  deficit?(covariances: PairCovariances): Value
  /** Of a function that is linear on both sides of 0. */
  readonly slopes?: Slopes<Num> | undefined
  /** E[φ(u)] of u ~ N(0, q); undefined where it is not known. */
  mean?(q: Value): Value | 'zero' | undefined
}

/** The kernel of an elementwise nonlinearity: K' = T(K), Θ' = Θ Ṫ(K). Throws NtkError 'requirement' on inputs that are not Gaussian. */
export function activationKernel(kernel: Kernel, activation: DualActivation): Kernel {
  requireParts(
    activation,
    'The activation of activationKernel',
    ['name', 'dual', 'variance'],
    'an activation',
  )
  requireGaussian(kernel, activation.name)
  const rank = kernel.diagonalSpatial ? 0 : spatialRank(kernel)
  const v1 = variancesOf(kernel.cov1, rank, kernel.diagonalBatch)
  const v2 = kernel.cov2 === null ? v1 : variancesOf(kernel.cov2, rank, kernel.diagonalBatch)
  const { deficit } = kernel
  const pairs = { q: kernel.nngp, q11: spread(v1, 0, rank), q22: spread(v2, 1, rank), deficit }
  // K hardly needs deficits; of all pairs of positions it has the bits of a sample with itself without them.
  const apart = rank > 0 && deficit !== undefined
  const [whole, ntk] = activation.dual(pairs, kernel.ntk)
  const nngp = apart ? activation.dual({ ...pairs, deficit: undefined }, null)[0] : whole
  const cov = (q: Value, variance: Value): Value => {
    // In space pairs go by plain ops, and so must these: else equal inputs differ by a bit, and the angle is a root of that.
    if (kernel.diagonalBatch && rank === 0) {
      return spatialRank(kernel) === 0
        ? activation.variance(q)
        : activation.dual({ q, q11: q, q22: q }, null)[0]
    }
    const own = kernel.diagonalBatch
      ? { q, q11: spreadSpace(variance, 0), q22: spreadSpace(variance, 1) }
      : { q, q11: spread(variance, 0, rank), q22: spread(variance, 1, rank) }
    return activation.dual(own, null)[0]
  }
  const { source } = kernel
  return {
    ...kernel,
    nngp,
    ntk,
    cov1: cov(kernel.cov1, v1),
    cov2: kernel.cov2 === null ? null : cov(kernel.cov2, v2),
    // In space they start with the data, where they are needed.
    deficit: spatialRank(kernel) === 0 || deficit !== undefined ? activation.deficit?.(pairs) : undefined,
    isGaussian: false,
    means: meansOf(activation, v1, kernel.cov2 === null ? null : v2),
    source: source === undefined ? undefined : { of: source.of, by: composed(activation.slopes, source.by) },
  }
}

function meansOf(activation: DualActivation, v1: Value, v2: Value | null): Sides | 'zero' | undefined {
  const of1 = activation.mean?.(v1)
  const of2 = v2 === null ? null : activation.mean?.(v2)
  if (of1 === undefined || of2 === undefined) return undefined
  return of1 === 'zero' || of2 === 'zero' ? 'zero' : { of1, of2 }
}

/** A step's activation, with its options or values in their place: fused where all are as the step has them. */
export function filled(step: ActivationStep, values: StepHyperparameters<Num> | undefined): DualActivation {
  const { dual, name } = activationOf(step.name)
  if (dual === null) throw noKernel(name)
  const options = optionsOf(step, dual.hyperparameters ?? [], values)
  const mean = (q: Value): Value | 'zero' | undefined => dual.mean?.(q, options)
  const slopes = dual.slopes?.(options)
  const { deficit: after } = dual
  const deficit =
    after === undefined ? {} : { deficit: (pairs: PairCovariances): Value => after(pairs, options) }
  const fused = values === undefined ? dual.fused?.(options) : undefined
  const plainly: DualActivation['dual'] = (covariances, ntk) => {
    const [t, slope] = dual.pair(covariances, options)
    return [t, ntk === null ? null : mul(ntk, slope())]
  }
  if (fused === undefined) {
    return {
      name,
      slopes,
      ...deficit,
      dual: plainly,
      variance: (q) => dual.variance(q, options),
      mean,
    }
  }
  return {
    name,
    slopes,
    ...deficit,
    // No composite takes deficits.
    dual: (pairs, ntk) =>
      pairs.deficit === undefined || after === undefined ? fused.pair(pairs, ntk) : plainly(pairs, ntk),
    variance: (q) => dualStackVariance([fused.step], q),
    mean,
  }
}

type Options = Readonly<Record<string, never>>

function optionsOf(
  step: ActivationStep,
  names: readonly string[],
  values: StepHyperparameters<Num> | undefined,
): Options {
  const replaced = names.map((name) => [name, valueOf(step.options[name] as number, name, values)] as const)
  return { ...step.options, ...Object.fromEntries(replaced) } as Options
}

export const activationRule: StepRule<ActivationStep> = {
  name: (step) => step.name,
  places: () => refusingBut({ means: 'consumes', source: 'carries', masks: 'carries' }),
  spatial: () => 'same',
  shapes: (_step, shapes) => shapes,
  hyperparameters: ({ name, options }) => {
    const names = activationOf(name).dual?.hyperparameters ?? []
    return Object.fromEntries(names.map((option) => [option, options[option] as number]))
  },
  evaluate: (step, flow, values) => [activationKernel(one(flow, step.name), filled(step, values))],
  // Two roots, a quotient and an angle, about, whatever the function.
  operations: (_step, work) => elementsIn(work) * (4 * functionCost + (work.ntk ? 1 : 0)),
}

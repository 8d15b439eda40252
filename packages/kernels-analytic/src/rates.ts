import { NtkError } from '@ntk/tensor'
import { requireList } from '@ntk/tensor/options'
import { stepsOf } from './steps/net.js'
import type { AttentionStep, KernelNet, KernelStep } from './steps/step.js'
import { ruleOf } from './steps/table.js'

/** What a network keeps: its kernel, and how its inputs and values are laid out. */
type KernelOf<N extends KernelNet> = Pick<N, Extract<keyof N, 'kernel' | 'inputs' | 'outputs'>>

/**
 * A network whose layers learn at rates of their own, as multiples of the learning rate: Θ = Σ_l η_l Θ_l (Lee et al. 2019, eq. S37). One number for each
 * layer with weights, in the order in which the network holds their parameters (branch after branch); 0 freezes a layer, and rates
 * that are 1 for one layer and 0 for all others give its part of the NTK. The NNGP stays as it is. It has a kernel and no `init` or `apply`; a finite
 * network learns at such rates by `scaleByPath` of @ntk/optim. Throws NtkError 'shape' on another number of rates, 'option' on one that is negative
 * or not finite, and 'unsupported' where the rate of an attention layer is not 1.
 */
export function withRates<N extends KernelNet>(net: N, rates: readonly number[]): KernelOf<N> {
  requireList(rates, 'The rates of withRates')
  const steps = stepsOf(net)
  const layers = weightedOf(steps)
  if (rates.length !== layers.length) {
    throw new NtkError('shape', {
      what: `withRates needs one rate for each of ${layers.length} layers with weights: ${layers.join(', ')}.`,
      got: `${rates.length}`,
    })
  }
  const wrong = rates.findIndex((rate) => !(typeof rate === 'number' && rate >= 0 && Number.isFinite(rate)))
  if (wrong >= 0) {
    throw new NtkError('option', {
      what: 'withRates needs learning rates of 0 or more.',
      got: `${String(rates[wrong])} for layer ${wrong + 1}, ${layers[wrong]}`,
    })
  }
  const left = [...rates]
  const kernel = withOwn(steps, () => left.shift() as number)
  const { inputs, outputs } = net as Partial<Record<'inputs' | 'outputs', unknown>>
  return {
    kernel,
    ...(inputs === undefined ? {} : { inputs }),
    ...(outputs === undefined ? {} : { outputs }),
  } as KernelOf<N>
}

const hasWeights = ({ kind }: KernelStep): boolean =>
  kind === 'affine' || kind === 'conv' || kind === 'attention'

/** Names of the layers with weights, in order. */
function weightedOf(steps: readonly KernelStep[]): readonly string[] {
  return steps.flatMap((step) => {
    if (step.kind === 'parallel') return step.branches.flatMap(weightedOf)
    return hasWeights(step) ? [ruleOf(step).name(step)] : []
  })
}

function withOwn(steps: readonly KernelStep[], next: () => number): readonly KernelStep[] {
  return steps.map((step) => {
    if (step.kind === 'parallel') {
      return { ...step, branches: step.branches.map((branch) => withOwn(branch, next)) }
    }
    if (step.kind === 'affine' || step.kind === 'conv') return { ...step, rate: next() }
    if (step.kind === 'attention') requireOne(step, next())
    return step
  })
}

function requireOne(step: AttentionStep, rate: number): void {
  if (rate === 1) return
  throw new NtkError('unsupported', {
    what: `withRates gives ${ruleOf(step).name(step)} no learning rate of its own: its weights and those before it share terms of the NTK.`,
    got: String(rate),
    fix: 'Give that layer the rate 1 and all others theirs relative to it, or take parts of the empirical NTK (empiricalNtkPartsFn of @ntk/kernels-empirical).',
  })
}

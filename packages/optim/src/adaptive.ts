/** Optimizers whose steps adapt to the gradients so far: chains of the links in scale-by.ts. */
import { boolean, nonNegative, number, orNull, type RulesFor, readOptions } from '@ntk/tensor/options'
import { descent } from './learning-rate.js'
import { chain, type Optimizer, type Schedule } from './optimizer.js'
import {
  type AdamOptions,
  adamRules,
  rmsRules,
  rssRules,
  type ScaleByRmsOptions,
  type ScaleByRssOptions,
  scaleByAdam,
  scaleByRms,
  scaleByRss,
} from './scale-by.js'
import { heavyBall, showSchedule, weightDecay } from './transforms.js'

/** A chain under a name of its own, with its learning rate. */
function named(name: string, learningRate: Schedule, ...links: readonly Optimizer[]): Optimizer {
  const inner = links.map((link) => link.name).filter((link) => !link.startsWith('scale('))
  return {
    ...chain(...links),
    name: `${name}(learning rate ${showSchedule(learningRate)}, ${inner.join(', ')})`,
  }
}

/** θ' = θ − lr μ̂ / (√ν̂ + eps) by exponential means of gradients and of their squares (Kingma and Ba 2015): see `scaleByAdam`. */
export function adam(learningRate: Schedule, options?: AdamOptions): Optimizer {
  const read = readOptions('adam', adamRules, options)
  return named('adam', learningRate, scaleByAdam(read), descent('adam', learningRate))
}

export interface AdamWOptions extends AdamOptions {
  /** Decay λ of the weights, 1e-4 unless given. */
  readonly weightDecay?: number | undefined
}

const adamWRules = { ...adamRules, weightDecay: nonNegative(1e-4) } satisfies RulesFor<AdamWOptions>

/** Adam with decay of its own: θ' = θ − lr (μ̂ / (√ν̂ + eps) + λ θ) (Loshchilov and Hutter 2019, Algorithm 2). */
export function adamw(learningRate: Schedule, options?: AdamWOptions): Optimizer {
  const { weightDecay: decay, ...read } = readOptions('adamw', adamWRules, options)
  return named('adamw', learningRate, scaleByAdam(read), weightDecay(decay), descent('adamw', learningRate))
}

export interface RmsPropOptions extends ScaleByRmsOptions {
  /** Mass of a velocity over the updates, in [0, 1); none unless given. */
  readonly momentum?: number | null | undefined
  /** With `momentum`: look ahead. */
  readonly nesterov?: boolean | undefined
}

const rmsPropRules = {
  ...rmsRules,
  momentum: orNull(
    number('a number in [0, 1)', (v) => v >= 0 && v < 1),
    null,
  ),
  nesterov: boolean(false),
} satisfies RulesFor<RmsPropOptions>

/** θ' = θ − lr g / √(ν + eps) by an exponential mean ν of squared gradients: see `scaleByRms`. Defaults are optax's. */
export function rmsprop(learningRate: Schedule, options?: RmsPropOptions): Optimizer {
  const { momentum, nesterov, ...read } = readOptions('rmsprop', rmsPropRules, options)
  const velocity = momentum === null ? [] : [heavyBall(momentum, { nesterov })]
  return named('rmsprop', learningRate, scaleByRms(read), descent('rmsprop', learningRate), ...velocity)
}

/** θ' = θ − lr g / √(Σ g² + eps) by the sum of all squared gradients so far: see `scaleByRss`. Defaults are optax's. */
export function adagrad(learningRate: Schedule, options?: ScaleByRssOptions): Optimizer {
  const read = readOptions('adagrad', rssRules, options)
  return named('adagrad', learningRate, scaleByRss(read), descent('adagrad', learningRate))
}

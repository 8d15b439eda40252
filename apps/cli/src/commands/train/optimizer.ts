import {
  adagrad,
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  cosineDecaySchedule,
  exponentialDecay,
  linearSchedule,
  momentum,
  type Optimizer,
  rmsprop,
  type Schedule,
  sgd,
  weightDecay,
} from '@ntk/optim'
import type { OptimizerConfig, OptimizerName, ScheduleConfig } from '../../config/optimizer.js'

const mass = 0.9

/** The learning rate at every step of a training of so many. */
export function scheduleOf(config: ScheduleConfig, rate: number, steps: number): Schedule {
  const { name, warmup } = config
  const after = afterWarmup(config, rate, steps - warmup)
  if (warmup === 0) return name === 'constant' ? rate : after
  // The first step already moves: a learning rate of 0 would waste it.
  return (step) => (step < warmup ? (rate * (step + 1)) / warmup : after(step - warmup))
}

function afterWarmup(
  { name, final, every, factor = 0.1 }: ScheduleConfig,
  rate: number,
  steps: number,
): (step: number) => number {
  if (name === 'constant') return () => rate
  if (name === 'linear')
    return linearSchedule(rate, { endValue: rate * (final ?? 0), transitionSteps: steps })
  if (name === 'cosine') return cosineDecaySchedule(rate, { decaySteps: steps, alpha: final ?? 0 })
  if (name === 'exponential')
    return exponentialDecay(rate, { transitionSteps: steps, decayRate: final ?? 0.01 })
  const transitionSteps = every ?? Math.max(1, Math.ceil(steps / 3))
  return exponentialDecay(rate, { transitionSteps, decayRate: factor, staircase: true })
}

const makers: { readonly [N in OptimizerName]: (rate: Schedule, config: OptimizerConfig) => Optimizer } = {
  sgd: (rate) => sgd(rate),
  momentum: (rate, config) => momentum(rate, config.momentum ?? mass),
  nesterov: (rate, config) => momentum(rate, config.momentum ?? mass, { nesterov: true }),
  adam: (rate, { beta1: b1, beta2: b2, eps }) => adam(rate, { b1, b2, eps }),
  adamw: (rate, { beta1: b1, beta2: b2, eps, weightDecay }) => adamw(rate, { b1, b2, eps, weightDecay }),
  rmsprop: (rate, { decay, eps, momentum }) => rmsprop(rate, { decay, eps, momentum }),
  adagrad: (rate, { eps }) => adagrad(rate, { eps }),
}

/** The optimizer of a config: gradients are clipped first, then weights decay, then comes the rule itself. */
export function optimizerOf(config: OptimizerConfig, rate: Schedule): Optimizer {
  const own = makers[config.name](rate, config)
  const { clip, weightDecay: decay = 0, name } = config
  const before = [
    ...(clip === undefined ? [] : [clipByGlobalNorm(clip)]),
    ...(decay === 0 || name === 'adamw' ? [] : [weightDecay(decay)]),
  ]
  return before.length === 0 ? own : chain(...before, own)
}

/** The mass of the velocity, and whether it looks ahead; null of optimizers that adapt to gradients. */
export function velocityOf(config: OptimizerConfig): { mass: number; nesterov: boolean } | null {
  const { name } = config
  if (name === 'sgd') return { mass: 0, nesterov: false }
  if (name === 'momentum' || name === 'nesterov')
    return { mass: config.momentum ?? mass, nesterov: name === 'nesterov' }
  return null
}

/** What an adaptive optimizer takes where no learning rate is given: its step is about that, whatever the gradients are. */
export function adaptiveRate({ name }: OptimizerConfig): number {
  return name === 'adagrad' ? 1e-2 : 1e-3
}

/** `momentum 0.9, cosine, weight decay 0.01` */
export function describeOptimizer(config: OptimizerConfig, schedule: ScheduleConfig): string {
  const velocity = velocityOf(config)
  const parts = [velocity !== null && velocity.mass > 0 ? `${config.name} ${velocity.mass}` : config.name]
  if (schedule.name !== 'constant') parts.push(`learning rate ${schedule.name}`)
  if (schedule.warmup > 0) parts.push(`${schedule.warmup} steps of warm-up`)
  if (config.weightDecay !== undefined && config.weightDecay > 0)
    parts.push(`weight decay ${config.weightDecay}`)
  if (config.clip !== undefined) parts.push(`gradients clipped at ${config.clip}`)
  return parts.join(', ')
}

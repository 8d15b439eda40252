import { oneOf, orWord, real, whole } from '../settings/kind.js'
import { flagName, group, optionalSetting, type Rule, type Settings, setting } from '../settings/setting.js'

const optimizerNames = ['sgd', 'momentum', 'nesterov', 'adam', 'adamw', 'rmsprop', 'adagrad'] as const

export type OptimizerName = (typeof optimizerNames)[number]

/** Numbers that some optimizers have. */
interface OptimizerNumbers {
  momentum?: number | undefined
  beta1?: number | undefined
  beta2?: number | undefined
  decay?: number | undefined
  eps?: number | undefined
}

/** How parameters follow gradients. */
export interface OptimizerConfig extends OptimizerNumbers {
  name: OptimizerName
  learningRate: number | 'auto'
  weightDecay?: number | undefined
  clip?: number | undefined
}

const takers: { readonly [K in keyof Required<OptimizerNumbers>]: readonly OptimizerName[] } = {
  momentum: ['momentum', 'nesterov', 'rmsprop'],
  beta1: ['adam', 'adamw'],
  beta2: ['adam', 'adamw'],
  decay: ['rmsprop'],
  eps: ['adam', 'adamw', 'rmsprop', 'adagrad'],
}

/** A number has no place beside an optimizer that does not look at it. */
const rules = Object.entries(takers).map(
  ([key, names]): Rule<OptimizerConfig> => ({
    holds: (config) => config[key as keyof OptimizerNumbers] === undefined || names.includes(config.name),
    error: `has ${key} (${flagName(key)}), which only ${names.join(', ')} take`,
  }),
)

const share = { min: 0, below: 1 } as const

export function optimizerSettings(): Settings<OptimizerConfig> {
  return group<OptimizerConfig>(
    {
      name: setting(oneOf(optimizerNames), {
        help: `How parameters follow gradients: ${optimizerNames.join(', ')}`,
        default: 'sgd',
        flag: 'optimizer',
      }),
      learningRate: setting(orWord(real({ above: 0 }), 'auto', 'must be a positive number or auto'), {
        help: 'Learning rate; auto: half of the largest stable one by the kernel at the start, 0.001 for adam, adamw and rmsprop, 0.01 for adagrad',
        default: 'auto',
      }),
      momentum: optionalSetting(real(share), {
        help: 'Mass of the velocity of momentum, nesterov and rmsprop',
        absent: '0.9; rmsprop 0',
      }),
      beta1: optionalSetting(real(share), {
        help: 'Decay of the mean of gradients of adam and adamw',
        absent: '0.9',
      }),
      beta2: optionalSetting(real(share), {
        help: 'Decay of the mean of their squares',
        absent: '0.999',
      }),
      decay: optionalSetting(real(share), {
        help: 'Decay of the mean of squared gradients of rmsprop',
        absent: '0.9',
      }),
      eps: optionalSetting(real({ above: 0 }), {
        help: 'What keeps divisions finite in adam, adamw, rmsprop and adagrad',
        absent: '1e-8; adagrad 1e-7',
      }),
      weightDecay: optionalSetting(real({ min: 0 }), {
        help: 'Decay of the weights: of adamw its own, of others added to the gradient',
        absent: '0; adamw 1e-4',
      }),
      clip: optionalSetting(real({ above: 0 }), {
        help: 'Largest norm of all gradients together; longer ones are shortened to it',
        absent: 'none',
      }),
    },
    rules,
  )
}

/** How the learning rate changes with the steps. */
export interface ScheduleConfig {
  name: 'constant' | 'linear' | 'cosine' | 'exponential' | 'step'
  warmup: number
  final?: number | undefined
  every?: number | undefined
  factor?: number | undefined
}

export function scheduleSettings(): Settings<ScheduleConfig> {
  return group<ScheduleConfig>(
    {
      name: setting(oneOf(['constant', 'linear', 'cosine', 'exponential', 'step']), {
        help: 'How the learning rate falls: constant, linear, cosine or exponential to its last, or in steps',
        default: 'constant',
        flag: 'schedule',
      }),
      warmup: setting(whole({ min: 0 }), { help: 'First steps, in which it rises on a line', default: 0 }),
      final: optionalSetting(real({ min: 0 }), {
        help: 'Share of the learning rate that is left at the last step, of linear, cosine and exponential',
        absent: '0; exponential 0.01',
        flag: 'finalRate',
      }),
      every: optionalSetting(whole(), {
        help: 'Of step: steps after which it falls',
        absent: 'a third of all',
        flag: 'decayEvery',
      }),
      factor: optionalSetting(real({ above: 0 }), {
        help: 'Of step: what it is multiplied by',
        absent: '0.1',
        flag: 'decayFactor',
      }),
    },
    [
      {
        holds: ({ name, final }) => final === undefined || !['constant', 'step'].includes(name),
        error: 'has final (--final-rate), which only linear, cosine and exponential take',
      },
      {
        holds: ({ name, final }) => final !== 0 || name !== 'exponential',
        error: 'has final (--final-rate) 0, to which no exponential falls',
      },
      {
        holds: ({ name, every, factor }) => (every === undefined && factor === undefined) || name === 'step',
        error: 'has every or factor (--decay-every, --decay-factor), which only step takes',
      },
    ],
  )
}

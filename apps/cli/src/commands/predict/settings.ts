import { seedSetting } from '../../config/common.js'
import { type DeviceConfig, deviceSettings, type OnDevice, withDtype } from '../../config/device.js'
import { type NetworkConfig, networkSettings } from '../../config/network.js'
import { type SamplesConfig, samplesRules, samplesSettings } from '../../config/samples.js'
import { listOf, oneOf, orInfinite, real, text } from '../../settings/kind.js'
import { group, optionalSetting, type Rule, type Settings, setting } from '../../settings/setting.js'

/** Arrays that a file may give, by the names that they have in an npz, and what they are. */
export const arrays = {
  ntk_train_train: 'NTK of the training set, [n, n], or [n, n, k, k] where outputs interact',
  ntk_test_train: 'NTK of the test set to the training set, [m, n] or [m, n, k, k]',
  nngp_train_train: 'NNGP of the training set, [n, n]',
  nngp_test_train: 'NNGP of the test set to the training set, [m, n]',
  nngp_test_test: 'NNGP of the test set, [m, m]; without it no standard deviations',
  y_train: 'Targets of the training set, [n] or [n, k], or classes as whole numbers [n]',
  y_test: 'Targets of the test set, for losses',
  f_train: 'Outputs on the training set before training, with --of network',
  f_test: 'Outputs on the test set before training, with --of network',
  tangent_train:
    'J θ₀ on the training set, with --decay-to zero: the derivative of outputs along the weights at their start, [n] or [n, k]',
  tangent_test: 'J θ₀ on the test set, with --decay-to zero',
} as const

export type ArrayName = keyof typeof arrays

type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S

/** The files of arrays, one npz or an npy each. */
export type FilesConfig = { file?: string | undefined } & {
  [K in Camel<ArrayName>]?: string | undefined
}

/** Everything that decides what `ntk predict` computes. */
export interface PredictConfig extends SamplesConfig, DeviceConfig {
  kernels: FilesConfig
  network: NetworkConfig
  of?: 'ensemble' | 'network' | undefined
  get: 'ntk' | 'nngp'
  times?: (number | 'inf')[] | undefined
  learningRate: number
  loss: 'mean' | 'sum' | 'cross-entropy'
  momentum: number
  weightDecay: number
  decayTo: 'start' | 'zero'
  level?: number | undefined
  dynamics: 'flow' | 'steps'
  diagReg: number
  singular: 'error' | 'range'
  start: 'centred' | 'random'
  seed: number
  out: string
}

/** A config with what depends on its loss and its device filled in. */
export interface SettledConfig extends Omit<PredictConfig, 'device' | 'dtype'>, OnDevice {
  times: (number | 'inf')[]
}

/** Of cross-entropy one network is predicted, and at finite times: on labels that the kernel separates outputs grow for ever. */
export function settled(given: PredictConfig): SettledConfig {
  const config = withDtype(given)
  const { loss, of, times } = config
  if (loss === 'cross-entropy') return { ...config, of: of ?? 'network', times: times ?? [0, 10, 100, 1000] }
  return { ...config, times: times ?? [0, 10, 100, 1000, 'inf'] }
}

/** Images of each part where the config is silent. */
export const imagesUnlessGiven = 128

/** `ntk_test_train` as `ntkTestTrain`, which configs and flags say. */
export const keyOfArray = (name: ArrayName): keyof FilesConfig =>
  name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) as keyof FilesConfig

const names = Object.keys(arrays) as ArrayName[]

function filesSettings(): Settings<FilesConfig> {
  const file = optionalSetting(text('file'), {
    help: `npz file with kernels and targets: ${names.join(', ')}`,
    flag: 'kernels',
  })
  const each = names.map((name) => [
    keyOfArray(name),
    optionalSetting(text('file'), { help: `npy file: ${arrays[name]}` }),
  ])
  return group<FilesConfig>({ file, ...Object.fromEntries(each) })
}

/** Whether kernels come from files. */
export const fromFiles = ({ kernels }: Pick<PredictConfig, 'kernels'>): boolean =>
  Object.values(kernels).some((file) => file !== undefined)

const noData: Rule<PredictConfig> = {
  holds: (config) =>
    !fromFiles(config) ||
    (config.table.file === undefined &&
      Object.values(config.network).every((value) => value === undefined) &&
      [config.data.train, config.data.test, config.data.classes, config.data.directory].every(
        (value) => value === undefined,
      )),
  error: 'has kernels from files and also data or a network; give one or the other',
}

const noDevice: Rule<PredictConfig> = {
  holds: (config) => !fromFiles(config) || config.device === 'cpu',
  error:
    'has kernels from files and also a device (--device), on which kernels of data are computed; leave it out',
}

export const predictSettings: Settings<PredictConfig> = group<PredictConfig>(
  {
    kernels: filesSettings(),
    ...samplesSettings(imagesUnlessGiven),
    network: networkSettings(),
    of: optionalSetting(oneOf(['ensemble', 'network'], 'what'), {
      help: 'ensemble: mean and standard deviation over initializations; network: outputs of one, drawn by --seed, by its own kernel',
      absent: 'ensemble, where there is an NNGP; network with --loss cross-entropy',
    }),
    get: setting(oneOf(['ntk', 'nngp'], 'kernel'), {
      help: 'What is trained: all weights (ntk), or the readout alone (nngp, whose limit is the Bayesian posterior)',
      default: 'ntk',
    }),
    times: optionalSetting(
      listOf(orInfinite(real({ min: 0 }), 'must be a time of at least 0, or inf'), { min: 1 }),
      {
        help: 'Times at which to predict, in steps of the learning rate; inf: trained to the end',
        absent: '0,10,100,1000,inf; without inf with --loss cross-entropy',
      },
    ),
    learningRate: setting(real({ above: 0 }), { help: 'Learning rate', default: 1 }),
    loss: setting(oneOf(['mean', 'sum', 'cross-entropy'], 'loss'), {
      help: 'mean: 1/2 mean (f - y)^2, so that time is divided by the size of y; sum: 1/2 sum (f - y)^2; cross-entropy: of classes, mean over samples, of one network',
      default: 'mean',
    }),
    momentum: setting(real({ min: 0, below: 1 }), { help: 'Heavy-ball momentum', default: 0 }),
    weightDecay: setting(real({ min: 0 }), {
      help: 'With --of network: weight decay, d in d (w - c) of the gradient, c of --decay-to',
      default: 0,
    }),
    decayTo: setting(oneOf(['start', 'zero'], 'where'), {
      help: 'Where weights decay to: where they started, or zero, as those of a network do',
      default: 'start',
    }),
    level: optionalSetting(real({ above: 0, below: 1 }), {
      help: 'Probability with which outputs of an ensemble lie in the band that is written, at each sample by itself, as 0.95',
      absent: 'no band',
    }),
    dynamics: setting(oneOf(['flow', 'steps'], 'how'), {
      help: 'flow: gradient flow; steps: gradient descent itself, at whole times',
      default: 'flow',
    }),
    diagReg: setting(real({ min: 0 }), {
      help: 'Added to the kernel of the training set, relative to its mean diagonal',
      default: 0,
    }),
    singular: setting(oneOf(['error', 'range'], 'how'), {
      help: 'Time inf of a kernel without inverse: error, or range, the limit of training, where the kernel moves what it can',
      default: 'error',
    }),
    start: setting(oneOf(['centred', 'random']), {
      help: 'With --of network of data: random, as it is drawn; centred: less itself at its start, so that outputs begin at zero',
      default: 'random',
    }),
    seed: seedSetting(),
    ...deviceSettings(
      'kernels of data are',
      'Precision of kernels of data and of the network; predictions are float64',
    ),
    out: setting(text('file'), {
      help: 'File that is written, by its ending: npz (all arrays), csv (a row an output), npy (means on the test set)',
      default: 'predictions.npz',
    }),
  },
  [
    ...samplesRules,
    noData,
    noDevice,
    {
      holds: ({ dynamics, times = [] }) =>
        dynamics === 'flow' || times.every((time) => time === 'inf' || Number.isInteger(time)),
      error: 'has times (--times) that are no whole numbers of steps, with dynamics: steps',
    },
    {
      holds: ({ weightDecay, loss, of }) =>
        weightDecay === 0 || of === 'network' || (of === undefined && loss === 'cross-entropy'),
      error: 'has weight decay (--weight-decay), which is predicted of one network; take --of network',
    },
    {
      holds: ({ weightDecay, loss, dynamics }) =>
        weightDecay === 0 || loss !== 'cross-entropy' || dynamics === 'steps',
      error:
        'has weight decay (--weight-decay) with the loss cross-entropy (--loss) in a flow; take --dynamics steps',
    },
    {
      holds: ({ weightDecay, decayTo }) => decayTo === 'start' || weightDecay > 0,
      error: 'has decayTo: zero (--decay-to) without weight decay; give --weight-decay',
    },
    {
      holds: ({ decayTo, momentum, dynamics }) =>
        decayTo === 'start' || momentum === 0 || dynamics === 'steps',
      error:
        'has decayTo: zero (--decay-to) with momentum (--momentum) in a flow, of which no closed form is known; take --dynamics steps, or --decay-to start',
    },
    {
      holds: ({ decayTo, kernels: { tangentTrain, tangentTest } }) =>
        decayTo === 'zero' || (tangentTrain === undefined && tangentTest === undefined),
      error:
        'has tangents (--tangent-train, --tangent-test), which decay to zero takes; give --decay-to zero',
    },
    {
      holds: ({ level, of, loss }) => level === undefined || (of !== 'network' && loss !== 'cross-entropy'),
      error: 'has a level (--level) of a band, which an ensemble has and one network has not; leave it out',
    },
    {
      holds: ({ loss, of }) => loss !== 'cross-entropy' || of !== 'ensemble',
      error:
        'has of: ensemble (--of) with the loss cross-entropy (--loss), under which outputs of an ensemble have no known distribution; take --of network',
    },
    {
      holds: ({ loss, table }) => loss !== 'cross-entropy' || table.task !== 'numbers',
      error: 'has the loss cross-entropy (--loss), which is of classes, for a task of numbers',
    },
    {
      holds: ({ loss, dynamics, times = [] }) =>
        loss !== 'cross-entropy' || dynamics === 'flow' || !times.includes('inf'),
      error:
        'has inf in times (--times) with dynamics: steps (--dynamics) and the loss cross-entropy (--loss), whose steps are made one by one; take finite times, or --dynamics flow',
    },
  ],
)

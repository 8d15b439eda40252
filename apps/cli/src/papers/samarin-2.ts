import { foldIn, key } from '@ntk/tensor'
import type { TopLevelSpec } from 'vega-lite'
import { type Done, defineExperiment } from '../experiment/experiment.js'
import { type Runnable, runnable } from '../experiment/runnable.js'
import type { ResultsOf, Stage } from '../experiment/stage.js'
import { growing, type Panel, panelsFigure } from '../figures/panels.js'
import { hue } from '../figures/theme.js'
import { type Mean, meanOf } from '../measures/error-bar.js'
import { real, whole } from '../settings/kind.js'
import { group, setting } from '../settings/setting.js'
import { paperSettings, samarin2020 } from './common.js'
import { signOf } from './samarin/findings.js'
import {
  describeImages,
  requireImagesFor,
  type SamarinData,
  samarinDataStage,
  samarinImageSettings,
} from './samarin/images.js'
import { powerOf } from './samarin/numbers.js'
import { factorsSetting, networksSetting, sgdSettings } from './samarin/settings.js'
import { stepsOf } from './samarin/train.js'
import {
  apartAt,
  type TrajectoriesConfig,
  type TrajectoryOutput,
  timesOf,
  trajectoryOf,
  trajectoryStage,
} from './samarin/trajectories.js'

type Stages = { readonly data: Stage<SamarinData>; readonly networks: readonly Stage<TrajectoryOutput>[] }

interface TrajectoryNumbers {
  readonly times: readonly number[]
  readonly byFactor: readonly {
    readonly factor: number
    /** Where outputs have moved by `distance`, for each network, as a share of that. */
    readonly shares: readonly number[]
    readonly apart: Mean
  }[]
  /** With which the distance goes with the width factor; null for one factor. */
  readonly power: Mean | null
}

type TrajectoriesDone = Done<TrajectoriesConfig, ResultsOf<Stages>, TrajectoryNumbers>

/**
 * Outputs of the correct class begin near 0 and go to 1. Widths are compared where they have moved so far (RMS), not at one step: at one learning
 * rate a wide network of PyTorch's parameterization is faster.
 */
const distance = 0.3

/** Examples that are drawn; the paper draws the same of each width. */
const shown = 3
const colours = [hue.closedForm, hue.infinite, hue.accent]

function numbersOf({ networks }: ResultsOf<Stages>, config: TrajectoriesConfig): TrajectoryNumbers {
  const factors = [...config.factors].sort((a, b) => a - b)
  const byFactor = factors.map((factor) => {
    const shares = networks.flatMap(({ values }) =>
      values.factor === factor ? [apartAt(values, distance)] : [],
    )
    return { factor, shares, apart: meanOf(shares) }
  })
  const power = powerOf(byFactor.map(({ factor, shares: values }) => ({ factor, values })))
  return { times: timesOf(config), byFactor, power }
}

function trajectoriesFigure({ setup, numbers, results }: TrajectoriesDone): TopLevelSpec {
  const panels = numbers.byFactor.map(({ factor }): Panel => {
    const own = results.networks.find(({ values }) => values.factor === factor)
    const series = colours.slice(0, Math.min(shown, setup.test)).flatMap((colour, image) => {
      const points = (outputs: TrajectoryOutput['arrays']['network'] | undefined) =>
        outputs === undefined
          ? []
          : trajectoryOf(outputs, image).map((y, i) => ({ x: numbers.times[i] ?? Number.NaN, y }))
      const label = `image ${image + 1}`
      return [
        {
          style: {
            label: `${label}, LinLeNet`,
            colour,
            kind: 'line' as const,
            size: 2.4,
            opacity: 0.45,
            dash: [7, 4],
          },
          points: points(own?.arrays.linearized),
        },
        {
          style: { label: `${label}, LeNet`, colour, kind: 'line' as const, size: 1.6 },
          points: points(own?.arrays.network),
        },
      ]
    })
    return { title: `×${factor}`, series }
  })
  return panelsFigure(panels, {
    title: 'Outputs of LeNet and LinLeNet through training',
    subtitle: `output of the correct class for test images of ${describeImages(setup)}; the same images and mini-batches at each width`,
    x: { title: 'step' },
    y: { title: 'output' },
    columns: Math.min(2, panels.length),
  })
}

/** Movements of outputs at which widths are compared in the figure, RMS. */
const grid = Array.from({ length: 18 }, (_, i) => 0.05 * (i + 1))

function distancesFigure({ setup, numbers, results }: TrajectoriesDone): TopLevelSpec {
  const series = numbers.byFactor.map(({ factor }, i) => {
    const own = results.networks.filter(({ values }) => values.factor === factor)
    const colour = growing[Math.floor(((i + 1) * growing.length) / (numbers.byFactor.length + 1))] ?? ''
    // Where not all networks have come, there is no mean.
    const points = grid.map((x) => ({ x, y: meanOf(own.map(({ values }) => apartAt(values, x))).mean }))
    return { style: { label: `×${factor}`, colour, kind: 'line' as const, size: 2 }, points }
  })
  return panelsFigure([{ title: '', series }], {
    title: 'How far LeNet and LinLeNet are apart, of how far LeNet has moved',
    subtitle: `RMS over ${setup.test} test images, means of ${setup.networks} networks a width`,
    x: { title: 'how far outputs of LeNet have moved from their start (RMS)' },
    y: { title: 'LeNet − LinLeNet, as a share of that' },
  })
}

export const samarin2: Runnable = runnable(
  defineExperiment({
    name: 'samarin-2',
    summary: 'Outputs of LeNet and its linearization through training, by width factor',
    paper: `${samarin2020}, Figure 2`,
    settings: group<TrajectoriesConfig>({
      ...samarinImageSettings({ data: 'mnist', resize: 14, train: 4000, test: 200 }),
      factors: factorsSetting([1, 3, 5]),
      networks: networksSetting(3),
      rate: setting(real({ above: 0 }), { help: 'Learning rate', default: 0.1 }),
      weightDecay: setting(real({ min: 0 }), { help: 'Weight decay', default: 5e-5 }),
      ...sgdSettings({ epochs: 2, dropEvery: null }),
      times: setting(whole({ min: 3 }), { help: 'Steps that are looked at, evenly', default: 50 }),
      ...paperSettings,
    }),
    presets: {
      quick: {
        data: 'glyphs',
        resize: 12,
        train: 320,
        test: 60,
        factors: [1, 3],
        networks: 4,
        rate: 0.2,
        epochs: 6,
        times: 21,
      },
      standard: {},
      paper: {
        resize: null,
        train: 60_000,
        test: 1000,
        factors: [1, 3, 5, 10, 25, 60],
        networks: 3,
        epochs: 1,
        times: 100,
      },
    },
    more: 'networks',
    setup: (config) => {
      requireImagesFor('lenet', config)
      return config
    },
    stages: (config) => {
      const root = key(config.seed)
      const data = samarinDataStage('data', config, foldIn(root, 0))
      const keys = { networks: foldIn(root, 1), batches: foldIn(root, 2) }
      const networks = config.factors.flatMap((factor) =>
        Array.from({ length: config.networks }, (_, member) =>
          trajectoryStage(config, keys, data, factor, member),
        ),
      )
      return { data, networks }
    },
    numbers: numbersOf,
    figures: [
      {
        name: 'trajectories',
        caption:
          'The output of the correct class for a few test images, of one network a width (lines) and of its linearization on the same mini-batches (light, broken). At standard width they part at once; wider networks follow their linearizations for longer (Samarin et al. 2020, Figure 2).',
        draw: trajectoriesFigure,
      },
      {
        name: 'apart',
        caption:
          'Over all test images: the root mean square of the difference, where outputs of the network have moved so far from its start for the first time. At 1 they are as far from each other as from the start.',
        draw: distancesFigure,
      },
    ],
    findings: [
      {
        name: 'apart-narrowest',
        statement: ({ numbers }) =>
          `distance of outputs of LeNet ×${numbers.byFactor[0]?.factor} and LinLeNet, of how far LeNet has moved, where that is ${distance} (RMS)`,
        note: 'Samarin et al. 2020, Section 3.1: trajectories part immediately at standard width; no number is given, a quarter of the way is what we ask for. Error bar: spread over networks.',
        measure: ({ numbers }) => {
          const at = numbers.byFactor[0]?.apart
          return at === undefined
            ? null
            : { value: at.mean, uncertainty: at.error, theory: 0.25, relation: 'at least', resolution: 0.2 }
        },
      },
      {
        name: 'apart-power',
        statement: 'power of the width factor with which that distance falls',
        note: 'Samarin et al. 2020, Section 3.1: curves behave increasingly similarly for larger width factors. Widths are compared where outputs have moved as far. A line through logarithms for each network. Error bar: spread over networks.',
        measure: ({ numbers: { power } }) => signOf(power ?? undefined, 'at most', 0.15),
      },
    ],
    story: ({ setup, numbers }) => {
      const [first, last] = [numbers.byFactor[0], numbers.byFactor.at(-1)]
      const share = (one: typeof first): string =>
        `${(100 * (one?.apart.mean ?? Number.NaN)).toFixed(0)} % at ×${one?.factor}`
      return {
        headline: `Outputs of LeNet and LinLeNet are apart by ${share(first)} and ${share(last)} of how far they have moved`,
        lead: `LeNet with PyTorch's initialization and its linearization, from the same parameters on the same mini-batches: ${setup.train} images of ${describeImages(setup)}, ${stepsOf(setup, setup.train)} steps of SGD with batches of ${setup.batch}, learning rate ${setup.rate}, momentum ${setup.momentum}, weight decay ${setup.weightDecay}, on the mean squared error to one-hot targets.`,
        facts: [],
        tables: [
          {
            caption: `How far they are apart where outputs of LeNet have moved by ${distance} (RMS), of that`,
            head: ['width factor', 'distance'],
            rows: numbers.byFactor.map(({ factor, apart }) => [
              `×${factor}`,
              `${apart.mean.toFixed(3)} ± ${apart.error.toFixed(3)}`,
            ]),
            note: 'Means over networks and their error bars.',
          },
        ],
      }
    },
  }),
)

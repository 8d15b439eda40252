import { empiricalNtkFn, kernelDistance } from '@ntk/kernels-empirical'
import { gradientDescent, relativeChange, train } from '@ntk/optim'
import { Dense, type Layer, type Params, Relu, serial, Tanh } from '@ntk/stax'
import { foldIn, type Key, key, matmul, mul, type Tensor, transpose } from '@ntk/tensor'
import type { TopLevelSpec } from 'vega-lite'
import {
  type Done,
  defineExperiment,
  type Experiment,
  type ExperimentHead,
} from '../experiment/experiment.js'
import type { Measured } from '../experiment/finding.js'
import { type ResultsOf, type Stage, stage } from '../experiment/stage.js'
import type { MarkStyle } from '../figures/mark-style.js'
import { kinds as colours, guideStyle, type PanelSeries, panelsFigure } from '../figures/panels.js'
import { meanOf } from '../measures/error-bar.js'
import { fitPowerLawOfSamples, type PowerLaw } from '../measures/power-law.js'
import { applyOf } from '../networks/apply.js'
import { oneOf, real, whole } from '../settings/kind.js'
import { group, type Settings, setting } from '../settings/setting.js'
import { bStdSetting, type PaperSettings, paperSettings, widthsSetting, wStdSetting } from './common.js'
import {
  type ImageSettings,
  type ImagesOutput,
  imageSettings,
  imagesStage,
  requireTwoClasses,
} from './images.js'

const makers = { Relu, Tanh }

type ActivationName = 'Relu' | 'Tanh'

/** How far training moves weights and kernels, against width. */
export interface ChangeConfig extends PaperSettings, ImageSettings {
  activation: ActivationName
  depth: number
  widths: number[]
  networks: number
  steps: number
  learningRate: number
  wStd: number
  bStd: number | null
}

export function changeSettings(standard: {
  readonly data: 'mnist' | 'cifar10'
  readonly activation: ActivationName
  readonly depth: number
}): Settings<ChangeConfig> {
  return group<ChangeConfig>({
    ...imageSettings({ data: standard.data, classes: [0, 1], train: 128 }),
    activation: setting(oneOf(['Relu', 'Tanh']), {
      help: 'Activation, Relu or Tanh',
      default: standard.activation,
    }),
    depth: setting(whole(), { help: 'Hidden layers', default: standard.depth }),
    widths: widthsSetting([64, 128, 256, 512, 1024]),
    networks: setting(whole({ min: 2 }), { help: 'Networks of each width', default: 8 }),
    steps: setting(whole(), { help: 'Steps of gradient descent', default: 1024 }),
    learningRate: setting(real({ above: 0 }), {
      help: 'Learning rate, of the mean squared loss',
      default: 0.2,
    }),
    wStd: wStdSetting(Math.SQRT2),
    bStd: bStdSetting(null),
    ...paperSettings,
  })
}

/** What is measured, and how it should go with the width. */
export const changes = ['input weights', 'hidden weights', 'output weights', 'kernel Θ', 'kernel K'] as const
export type ChangeName = (typeof changes)[number]

interface NetworkOutput {
  readonly values: {
    readonly width: number
    /** Relative Frobenius norms of what moved, ‖after − before‖ / ‖before‖. */
    readonly moved: Readonly<Partial<Record<ChangeName, number>>>
    readonly loss: number
  }
  readonly arrays: Readonly<Record<never, Tensor>>
}

type Stages = { readonly data: Stage<ImagesOutput>; readonly networks: readonly Stage<NetworkOutput>[] }

interface Setup {
  readonly config: ChangeConfig
  readonly keys: { readonly data: Key; readonly networks: Key }
}

function makeSetup(config: ChangeConfig): Setup {
  requireTwoClasses(config)
  return { config, keys: { data: foldIn(key(config.seed), 0), networks: foldIn(key(config.seed), 1) } }
}

function networkStage(
  { config, keys }: Setup,
  data: Stage<ImagesOutput>,
  width: number,
  member: number,
): Stage<NetworkOutput> {
  const { depth, steps, learningRate, wStd, bStd, train: samples } = config
  const weights = width * (784 + (depth - 1) * width)
  return stage({
    name: `width-${width}-${member}`,
    title: `training width ${width}`,
    needs: { data },
    seconds: 0.05 + weights * 8e-8 + steps * (1.5e-3 + weights * samples * 5.5e-10),
    async run({ data: { arrays } }, { onPart, signal }) {
      const { x, y } = arrays
      const activation = makers[config.activation]
      const affine = { wStd, bStd }
      const layers = Array.from({ length: depth }, () => serial(Dense(width, affine), activation()))
      const body = serial(...layers)
      const net: Layer = serial(body, Dense(1, affine))
      const own = [width, member].reduce(foldIn, keys.networks)
      const { params } = net.init(own, [-1, x.shape[1] ?? 0])
      const ntk = empiricalNtkFn(net.apply, { traceAxes: [-1] })
      const hidden = applyOf(body)
      // K̂ = σ_w² φφᵀ / n, the covariance of outputs given the layers before the readout.
      const gram = (p: Params<Tensor>): Tensor => {
        const [bodyParams] = p as [Params<Tensor>]
        const features = hidden(bodyParams, x)
        return mul(matmul(features, transpose(features)), wStd ** 2 / width)
      }
      const before = { ntk: await ntk(x, null, params, { signal }), nngp: gram(params) }
      const trained = await train({
        apply: applyOf(net),
        params,
        x,
        y,
        optimizer: gradientDescent(learningRate),
        steps,
        signal,
        onProgress: ({ done }) => onPart(done / steps),
      })
      const byLayer = Object.values(await relativeChange(params)(trained.params))
      const after = { ntk: await ntk(x, null, trained.params, { signal }), nngp: gram(trained.params) }
      const inner = byLayer.slice(1, -1)
      const moved = {
        'input weights': byLayer[0] ?? Number.NaN,
        ...(inner.length === 0
          ? {}
          : { 'hidden weights': inner.reduce((sum, one) => sum + one, 0) / inner.length }),
        'output weights': byLayer.at(-1) ?? Number.NaN,
        'kernel Θ': (await kernelDistance(after.ntk, before.ntk)).relativeFrobenius,
        'kernel K': (await kernelDistance(after.nngp, before.nngp)).relativeFrobenius,
      }
      return {
        values: { width, moved, loss: trained.history.at(-1)?.sets.train?.metrics.loss ?? Number.NaN },
        arrays: {},
      }
    },
  })
}

export interface ChangeNumbers {
  readonly laws: Readonly<Partial<Record<ChangeName, PowerLaw>>>
}

export type ChangeDone = Done<Setup, ResultsOf<Stages>, ChangeNumbers>

const valuesAt = ({ networks }: ResultsOf<Stages>, width: number, name: ChangeName): number[] =>
  networks.flatMap(({ values }) => (values.width === width ? [values.moved[name] ?? Number.NaN] : []))

const present = (results: ResultsOf<Stages>): ChangeName[] =>
  changes.filter((name) => results.networks.every(({ values }) => name in values.moved))

function numbersOf(results: ResultsOf<Stages>, { config }: Setup): ChangeNumbers {
  const laws = present(results).map((name): [ChangeName, PowerLaw] => [
    name,
    fitPowerLawOfSamples(config.widths.map((size) => ({ size, values: valuesAt(results, size, name) }))),
  ])
  return { laws: Object.fromEntries(laws) }
}

const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'triangle-down'] as const

function figureOf({ setup, results, numbers }: ChangeDone): TopLevelSpec | null {
  const { widths, activation, depth, steps, networks } = setup.config
  if (widths.length < 2) return null
  const series = present(results).map((name, i) => {
    const style: MarkStyle = {
      label: name,
      colour: colours[i] ?? '',
      kind: 'dots',
      size: 55,
      shape: shapes[i] ?? 'circle',
    }
    const points = widths.map((width) => {
      const { mean, error } = meanOf(valuesAt(results, width, name).map(Math.log))
      return {
        x: width,
        y: Math.exp(mean),
        low: Math.exp(mean - 2 * error),
        high: Math.exp(mean + 2 * error),
      }
    })
    const law = numbers.laws[name]
    const fitted = [Math.min(...widths), Math.max(...widths)].map((x) => ({
      x,
      y: (law?.scale ?? 0) * x ** (law?.slope ?? 0),
    }))
    return [
      { style: { ...style, label: '', kind: 'line', size: 1.4 }, points: fitted },
      { style, points },
    ] satisfies PanelSeries[]
  })
  const ends = [Math.min(...widths), Math.max(...widths)]
  const top = Math.max(...series.flatMap(([, dots]) => dots?.points.map(({ y }) => y) ?? []))
  const guide = (power: number, label: string): PanelSeries => ({
    style: { ...guideStyle(label), dash: power === -0.5 ? [5, 5] : [2, 4] },
    points: ends.map((x) => ({ x, y: 1.6 * top * (x / (ends[0] ?? 1)) ** power })),
  })
  return panelsFigure(
    [{ title: '', series: [guide(-0.5, 'slope −1/2'), guide(-1, 'slope −1'), ...series.flat()] }],
    {
      title: 'What training moves, against width',
      subtitle: `${activation}, ${depth} hidden ${depth === 1 ? 'layer' : 'layers'}, ${steps} steps; ${networks} networks a width, two standard errors`,
      x: { title: 'width', log: true },
      y: { title: '‖after − before‖ / ‖before‖', log: true },
      width: 640,
      height: 380,
    },
  )
}

const lawOf =
  (name: ChangeName, theory: number, relation: 'equal' | 'at most' | 'at least') =>
  ({ numbers }: ChangeDone): Measured | null => {
    const law = numbers.laws[name]
    return law === undefined
      ? null
      : {
          value: law.slope,
          uncertainty: law.slopeError,
          theory,
          relation,
          resolution: relation === 'equal' ? 0.1 : 0.15,
        }
  }

const wanted: readonly (readonly [ChangeName, number, 'equal' | 'at most' | 'at least'])[] = [
  ['input weights', -0.5, 'equal'],
  ['hidden weights', -1, 'equal'],
  ['output weights', -0.5, 'equal'],
  ['kernel Θ', -0.5, 'at most'],
  ['kernel Θ', -1, 'at least'],
  ['kernel K', -0.5, 'at most'],
  ['kernel K', -1, 'at least'],
]

/** An experiment of what training moves. */
export function changeExperiment(
  head: ExperimentHead<ChangeConfig>,
): Experiment<ChangeConfig, Setup, Stages, ChangeNumbers> {
  return defineExperiment({
    ...head,
    more: 'networks',
    setup: makeSetup,
    stages: (setup) => {
      const data = imagesStage(setup.config, setup.keys.data)
      const networks = setup.config.widths.flatMap((width) =>
        Array.from({ length: setup.config.networks }, (_, member) =>
          networkStage(setup, data, width, member),
        ),
      )
      return { data, networks }
    },
    numbers: numbersOf,
    figures: [
      {
        name: 'changes',
        caption:
          'Relative Frobenius norm of what training moved. Input and output weights move as one over the root of the width, hidden weights as one over the width, since their matrices grow in both directions; kernels between both (Lee et al. 2019, Figures 1 and S6).',
        draw: figureOf,
      },
    ],
    findings: wanted.map(([name, theory, relation]) => ({
      name: `${name.replaceAll(' ', '-').replace('Θ', 'ntk').replace('K', 'nngp')}${relation === 'equal' ? '' : `-${relation.replace(' ', '-')}`}`,
      statement: `power of the width with which the ${name} move${name.startsWith('kernel') ? 's' : ''}`,
      note: 'Lee et al. 2019, Figure 1 and Theorem 2.1. Error bar: spread of the networks, or scatter about the line where that is larger.',
      measure: lawOf(name, theory, relation),
    })),
    story: ({ setup, results }, findings) => {
      const { config } = setup
      const agreeing = findings.filter(({ verdict }) => verdict === 'agrees').length
      const losses = results.networks.map(({ values }) => values.loss)
      return {
        headline: `${agreeing} of ${findings.length} powers of the width are as the paper has them`,
        lead: `${config.activation} networks of ${config.depth} hidden ${config.depth === 1 ? 'layer' : 'layers'} trained by full-batch gradient descent for ${config.steps} steps on ${config.train} images of two classes of ${config.data}; the largest loss at the end is ${Math.max(...losses).toPrecision(2)}.`,
        facts: [],
      }
    },
  })
}

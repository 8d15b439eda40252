import { criticalLine } from '@ntk/dynamics'
import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Erf, type Layer, Relu, repeat, serial, Tanh } from '@ntk/stax'
import {
  add,
  choleskySolve,
  concatenate,
  eye,
  foldIn,
  key,
  matmul,
  mul,
  slice,
  type Tensor,
  tensorFromData,
} from '@ntk/tensor'
import type { TopLevelSpec } from 'vega-lite'
import { type Done, defineExperiment, type Figure, type FindingDefinition } from '../experiment/experiment.js'
import { type Runnable, runnable } from '../experiment/runnable.js'
import { type ResultsOf, type Stage, stage } from '../experiment/stage.js'
import { heatFigure } from '../figures/heat.js'
import { type Mean, meanOf } from '../measures/error-bar.js'
import { accuracyOf } from '../measures/numbers.js'
import { float64s } from '../measures/rows.js'
import { listOf, oneOf, real, whole } from '../settings/kind.js'
import { group, setting } from '../settings/setting.js'
import { type ClassesOutput, type ClassesSettings, classesSettings, classesStage } from './classes.js'
import { affineOf, type PaperSettings, paperSettings } from './common.js'
import { evenly } from './regions/settings.js'

const activations = { Tanh, Erf, Relu } as const
type ActivationName = keyof typeof activations
const names = Object.keys(activations) as ActivationName[]

interface MapConfig extends PaperSettings, ClassesSettings {
  activations: ActivationName[]
  wVars: number[]
  bVars: number[]
  depth: number
  diagReg: number
  repeats: number
}

/** Accuracies of one activation on one draw of the images, [bVars, wVars]. */
interface MapOutput {
  readonly values: { readonly activation: ActivationName; readonly repeat: number }
  readonly arrays: { readonly accuracy: Tensor }
}

type MapStages = {
  readonly data: readonly Stage<ClassesOutput>[]
  readonly maps: readonly Stage<MapOutput>[]
}

interface MapNumbers {
  readonly maps: readonly {
    readonly activation: ActivationName
    /** [bVars, wVars], means over draws. */
    readonly accuracy: readonly number[]
    /** Accuracy at the variance of weights nearest to the critical one, less that at the largest, over biases that have such a one. */
    readonly aheadOfChaos: Mean
    /** The same less that at the smallest. */
    readonly aheadOfOrder: Mean
  }[]
}

type MapDone = Done<MapConfig, ResultsOf<MapStages>, MapNumbers>

function mapStage(
  config: MapConfig,
  activation: ActivationName,
  repeat: number,
  data: Stage<ClassesOutput>,
): Stage<MapOutput> {
  const { wVars, bVars, depth, diagReg, train: n, test: m } = config
  const points = wVars.length * bVars.length
  const perPair = activation === 'Tanh' ? 4e-7 : 4e-8
  return stage({
    name: `${activation.toLowerCase()}-${repeat}`,
    title: `${activation}, map`,
    needs: { data },
    seconds: 0.05 + points * (5e-3 + ((n + m) ** 2 / 2) * depth * perPair + n ** 3 * 3e-10),
    async run({ data: { arrays } }, { signal, onPart }) {
      const flat = (x: Tensor): Tensor =>
        tensorFromData(float64s(x), [x.shape[0] ?? 0, x.size / (x.shape[0] ?? 1)])
      const all = concatenate([flat(arrays.x_train), flat(arrays.x_test)], 0)
      const found = new Float64Array(points)
      let at = 0
      for (const bVar of bVars)
        for (const wVar of wVars) {
          const kernel = await kernelFn(netOf(activation, depth, wVar, bVar))(all, null, {
            get: 'nngp',
            signal,
          })
          const inside = slice(kernel, [0, n], [0, n])
          const noise = diagReg * (inside.dataSync()[0] as number)
          const weights = choleskySolve(add(inside, mul(eye(n), noise)), arrays.y_train)
          const predicted = matmul(slice(kernel, [n, n + m], [0, n]), weights)
          found[at] = accuracyOf(predicted.dataSync(), arrays.y_test.dataSync(), 10)
          at += 1
          onPart(at / points)
        }
      return {
        values: { activation, repeat },
        arrays: { accuracy: tensorFromData(found, [bVars.length, wVars.length]) },
      }
    },
  })
}

function netOf(activation: ActivationName, depth: number, wVar: number, bVar: number): Layer {
  const affine = affineOf(wVar, bVar)
  return serial(repeat(serial(Dense(1, affine), activations[activation]()), depth), Dense(1, affine))
}

/** The critical line as variances of weights and of biases. */
const lineOf = (activation: ActivationName): { readonly x: number; readonly y: number }[] =>
  criticalLine(activations[activation](), {
    q: Array.from({ length: 121 }, (_, i) => 10 ** (i / 20 - 4)),
  }).flatMap(({ wStd, bStd }) => (bStd >= 0 ? [{ x: wStd ** 2, y: bStd ** 2 }] : []))

/** The variance of the weights on the critical line at biases of a variance, on a line between its points; NaN beyond its ends. */
function criticalAt(line: readonly { readonly x: number; readonly y: number }[], bVar: number): number {
  for (const [i, end] of line.entries()) {
    const start = line[i - 1]
    if (start !== undefined && start.y <= bVar && bVar < end.y)
      return start.x + ((bVar - start.y) / (end.y - start.y)) * (end.x - start.x)
  }
  return Number.NaN
}

function numbersOf(
  { maps }: ResultsOf<MapStages>,
  { activations: wanted, wVars, bVars }: MapConfig,
): MapNumbers {
  const nearest = (wVar: number): number =>
    wVars.reduce(
      (best, one, i) => (Math.abs(one - wVar) < Math.abs((wVars[best] as number) - wVar) ? i : best),
      0,
    )
  return {
    maps: wanted.map((activation) => {
      const own = maps
        .filter(({ values }) => values.activation === activation)
        .map(({ arrays }) => float64s(arrays.accuracy))
      const line = lineOf(activation)
      const rows = bVars.flatMap((bVar, row) => {
        const wVar = criticalAt(line, bVar)
        const inside = wVar > (wVars[0] as number) && wVar < (wVars.at(-1) as number)
        return inside ? [{ row, column: nearest(wVar) }] : []
      })
      const ahead = (other: number): Mean =>
        meanOf(
          own.map((map) => {
            const each = rows.map(({ row, column }) => {
              const from = row * wVars.length
              return (map[from + column] as number) - (map[from + other] as number)
            })
            return each.reduce((sum, one) => sum + one, 0) / each.length
          }),
        )
      const accuracy = (own[0] ?? []).map(
        (_, i) => own.reduce((sum, map) => sum + (map[i] as number), 0) / own.length,
      )
      return {
        activation,
        accuracy: [...accuracy],
        aheadOfChaos: ahead(wVars.length - 1),
        aheadOfOrder: ahead(0),
      }
    }),
  }
}

const figureOf = (activation: ActivationName): Figure<MapDone> => ({
  name: `map-${activation.toLowerCase()}`,
  caption: `Accuracy of the Gaussian process of ${activation} networks over the variances of weights and biases. It is largest along the critical line between order and chaos (Lee et al. 2018, Figure 3).`,
  draw: ({ setup, numbers }): TopLevelSpec | null => {
    const map = numbers.maps.find((one) => one.activation === activation)
    if (map === undefined) return null
    const { wVars, bVars, depth, train, test, data } = setup
    return heatFigure(
      {
        xs: wVars,
        ys: bVars,
        values: map.accuracy,
        xTitle: 'variance of the weights, σ_w²',
        yTitle: 'variance of the biases, σ_b²',
        title: 'accuracy',
        format: '~g',
      },
      [
        {
          style: {
            label: 'critical: order left of it, chaos right',
            colour: '#e69f00',
            kind: 'line',
            size: 2,
          },
          points: lineOf(activation),
        },
      ],
      `${activation}: accuracy of the Gaussian process on test images`,
      `${depth} layers; ${train} images of ${data} to train, ${test} to test`,
    )
  },
})

const finding = (
  activation: ActivationName,
  which: 'aheadOfChaos' | 'aheadOfOrder',
): FindingDefinition<MapDone> => ({
  name: `${which === 'aheadOfChaos' ? 'chaos' : 'order'}-${activation.toLowerCase()}`,
  statement: `accuracy where critical, less that at the ${which === 'aheadOfChaos' ? 'largest' : 'smallest'} variance of the weights, ${activation}`,
  note: 'Lee et al. 2018, Figure 3: the best are near the critical line. Error bar: spread over draws of the images.',
  measure: ({ numbers }) => {
    const found = numbers.maps.find((one) => one.activation === activation)?.[which]
    if (found === undefined || Number.isNaN(found.mean)) return null
    // A sign: an error bar of a third of it is small enough.
    const resolution = Math.max(0.05, Math.abs(found.mean) / 3)
    return { value: found.mean, uncertainty: found.error, theory: 0, relation: 'at least', resolution }
  },
})

export const lee2018Map: Runnable = runnable(
  defineExperiment({
    name: 'lee2018-map',
    summary:
      'Accuracies of Gaussian processes over the variances of weights and biases, with the critical line',
    paper: 'Lee et al. 2018, Deep Neural Networks as Gaussian Processes, Figure 3',
    settings: group<MapConfig>({
      ...classesSettings({ data: 'mnist', train: 200, test: 300, side: 28 }),
      activations: setting(listOf(oneOf(names), { min: 1, distinct: 'an activation' }), {
        help: 'Activations: Tanh, Erf, Relu',
        default: ['Tanh', 'Relu'],
      }),
      wVars: setting(listOf(real({ above: 0 }), { min: 3, distinct: 'a variance' }), {
        help: 'Variances of the weights, rising',
        default: evenly(0.2, 5, 9),
      }),
      bVars: setting(listOf(real({ min: 0 }), { min: 2, distinct: 'a variance' }), {
        help: 'Variances of the biases, rising',
        default: [0, 0.1, 0.3, 0.6, 1, 1.5, 2],
      }),
      depth: setting(whole(), { help: 'Layers of activations', default: 50 }),
      diagReg: setting(real({ min: 0 }), {
        help: 'Variance of the noise, as a share of the diagonal of the kernel',
        default: 1e-10,
      }),
      repeats: setting(whole({ min: 2 }), { help: 'Draws of the images, for error bars', default: 3 }),
      ...paperSettings,
    }),
    presets: {
      quick: {
        data: 'glyphs',
        train: 40,
        test: 80,
        side: 8,
        activations: ['Erf'],
        wVars: [0.3, 1, 1.7, 2.4, 4],
        bVars: [0.05, 0.2, 0.5],
      },
      standard: {},
      paper: { train: 1000, test: 2000, wVars: evenly(0.1, 5, 30), bVars: evenly(0, 2, 30), depth: 100 },
    },
    more: 'repeats',
    setup: (config) => config,
    stages: (config): MapStages => {
      const data = Array.from({ length: config.repeats }, (_, repeat) =>
        classesStage(config, foldIn(foldIn(key(config.seed), 0), repeat), `data-${repeat}`),
      )
      const maps = data.flatMap((images, repeat) =>
        config.activations.map((activation) => mapStage(config, activation, repeat, images)),
      )
      return { data, maps }
    },
    numbers: numbersOf,
    figures: names.map(figureOf),
    findings: names.flatMap((activation) => [
      finding(activation, 'aheadOfChaos'),
      finding(activation, 'aheadOfOrder'),
    ]),
    story: ({ setup }, findings) => ({
      headline: `${findings.filter(({ verdict }) => verdict === 'agrees').length} of ${findings.length} comparisons have the critical line ahead`,
      lead: `Regression on one-hot targets less 1/10 with the NNGP of fully connected networks of ${setup.depth} layers, ${setup.train} images of ${setup.data} of mean 0 and variance 1. In order deep kernels tell no inputs apart, in chaos all alike; between, at the critical line, they keep what the images say.`,
      facts: [],
    }),
  }),
)

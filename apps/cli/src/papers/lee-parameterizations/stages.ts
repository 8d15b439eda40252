import { accuracy, chain, gradientDescent, type Optimizer, scaleByPath, train } from '@ntk/optim'
import { fullyConnected, type Layer, type Params, Relu, Tanh } from '@ntk/stax'
import { foldIn, type Key, key, NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { type Stage, stage } from '../../experiment/stage.js'
import { rmse, rootMeanSquare } from '../../measures/numbers.js'
import { applyOf } from '../../networks/apply.js'
import type { PaperSettings } from '../common.js'
import { lossesOf } from '../lee-pairs/curves.js'
import { denseProducts } from '../lee-pairs/products.js'
import { featuresOf, type SampleSettings, type SamplesOutput, samplesStage } from '../lee-pairs/samples.js'
import { equalRates, type Scales, standardParams } from './parameters.js'

export interface ParameterizationConfig extends PaperSettings, SampleSettings {
  activations: ('Relu' | 'Tanh')[]
  losses: ('mse' | 'cross-entropy')[]
  side: number | null
  width: number
  depth: number
  rates: number[]
  networks: number
  steps: number
  wStd: number
  bStd: number
}

export interface Case {
  readonly activation: 'Relu' | 'Tanh'
  readonly loss: 'mse' | 'cross-entropy'
}

/** How one network ended; null where its loss left the range of numbers. */
export interface Ending {
  readonly loss: number
  readonly accuracy: number
}

/** One start, trained at one rate in several ways. */
export interface TrainedOutput {
  readonly values: {
    readonly of: Case
    readonly rate: number
    readonly member: number
    /** The ntk parameterization at the rate η. */
    readonly ntk: Ending | null
    /** The standard one at η / n. */
    readonly standard: Ending | null
    /** The standard one at σ_w² η / n: hidden weights move as those of the first. */
    readonly corrected: Ending | null
    /** Test outputs of the ntk parameterization at the rates of Equation S37 less those of the standard one, RMS, of the way that these went. */
    readonly equal: number | null
  }
  readonly arrays: Readonly<Record<never, Tensor>>
}

export type ParameterizationStages = {
  readonly signs: Stage<SamplesOutput>
  readonly networks: readonly Stage<TrainedOutput>[]
}

export interface ParameterizationSetup {
  readonly config: ParameterizationConfig
  readonly cases: readonly Case[]
  readonly keys: { readonly data: Key; readonly networks: Key }
}

export function makeSetup(config: ParameterizationConfig): ParameterizationSetup {
  const root = key(config.seed)
  if (config.classes.length !== 2) {
    throw new NtkError('config', {
      what: 'classes must name two classes.',
      got: config.classes.join(', '),
      fix: 'Write --set classes=0,1.',
    })
  }
  const cases = config.activations.flatMap((activation) =>
    config.losses.map((loss) => ({ activation, loss })),
  )
  return { config, cases, keys: { data: foldIn(root, 0), networks: foldIn(root, 1) } }
}

const makers = { Relu, Tanh }

function netOf(config: ParameterizationConfig, { activation, loss }: Case, standard: boolean): Layer {
  const { width, depth, wStd, bStd } = config
  return fullyConnected(
    Array.from({ length: depth }, () => width),
    loss === 'mse' ? 1 : 2,
    { activation: makers[activation], wStd, bStd, parameterization: standard ? 'standard' : 'ntk' },
  )
}

/** Classes 0 and 1 of the targets −1 and 1. */
const classesOf = (y: Tensor): Tensor =>
  tensorFromData(
    Int32Array.from(y.dataSync(), (sign) => (sign > 0 ? 1 : 0)),
    [y.size],
  )

function networkStage(
  { config, keys }: ParameterizationSetup,
  data: Stage<SamplesOutput>,
  of: Case,
  rate: number,
  member: number,
): Stage<TrainedOutput> {
  const { width, depth, steps, wStd, bStd, train: samples } = config
  const at = config.rates.indexOf(rate)
  const products = denseProducts(featuresOf(config.data, config.side), depth, width)
  return stage({
    name: `${of.activation.toLowerCase()}-${of.loss}-${at}-${member}`,
    title: `training ${of.activation} at the rate ${rate}`,
    needs: { data },
    seconds: 0.1 + 4 * steps * (1e-3 * (depth + 1) + products * samples * 4.8e-10),
    async run({ data: { arrays } }, { signal, onPart }) {
      const [ntk, standard] = [netOf(config, of, false), netOf(config, of, true)]
      const { params } = ntk.init(foldIn(keys.networks, member), [-1, arrays.x.shape[1] ?? 0])
      const scales: Scales = { wStd, bStd, width }
      const other = standardParams(params, scales)
      const labels = (y: Tensor): Tensor => (of.loss === 'mse' ? y : classesOf(y))
      const [y, yTest] = [labels(arrays.y), labels(arrays.y_test)]
      let done = 0
      const ended = async (net: Layer, start: Params<Tensor>, optimizer: Optimizer) => {
        const work = train({
          apply: applyOf(net),
          params: start,
          x: arrays.x,
          y,
          loss: lossesOf[of.loss === 'mse' ? 'signs' : 'labels'],
          optimizer,
          steps,
          at: [0, steps],
          evaluate: { test: { x: arrays.x_test, y: yTest } },
          metrics: { accuracy },
          outputs: true,
          signal,
        })
        const found = await work.catch((error: unknown) => {
          if (NtkError.isInstance(error) && error.code === 'diverged') return null
          throw error
        })
        done += 1
        onPart(done / 4)
        return found === null ? null : endingOf(found.history)
      }
      const first = await ended(ntk, params, gradientDescent(rate))
      const second = await ended(standard, other, gradientDescent(rate / width))
      const third = await ended(standard, other, gradientDescent((wStd ** 2 * rate) / width))
      const same = await ended(
        ntk,
        params,
        chain(scaleByPath(equalRates(params, scales)), gradientDescent(rate)),
      )
      return {
        values: {
          of,
          rate,
          member,
          ntk: first?.ending ?? null,
          standard: second?.ending ?? null,
          corrected: third?.ending ?? null,
          equal:
            second === null || same === null
              ? null
              : rmse(same.last, second.last) /
                rootMeanSquare(Array.from(second.last, (f, i) => f - (second.start[i] ?? Number.NaN))),
        },
        arrays: {},
      }
    },
  })
}

interface Evaluated {
  readonly ending: Ending
  readonly start: ArrayLike<number>
  readonly last: ArrayLike<number>
}

function endingOf(history: Awaited<ReturnType<typeof train>>['history']): Evaluated {
  const [start, last] = [history[0]?.sets.test, history.at(-1)?.sets.test]
  if (start?.outputs === undefined || last?.outputs === undefined)
    throw new Error('an evaluation kept no outputs')
  const { loss = Number.NaN, accuracy: right = Number.NaN } = last.metrics
  return {
    ending: { loss, accuracy: right },
    start: start.outputs.dataSync(),
    last: last.outputs.dataSync(),
  }
}

export function parameterizationStages(setup: ParameterizationSetup): ParameterizationStages {
  const { config, cases, keys } = setup
  const shape = { flat: true, side: config.side, targets: 'signs', dtype: 'float64' } as const
  const signs = samplesStage(config, shape, config.train, keys.data)
  const networks = cases.flatMap((of) =>
    config.rates.flatMap((rate) =>
      Array.from({ length: config.networks }, (_, member) => networkStage(setup, signs, of, rate, member)),
    ),
  )
  return { signs, networks }
}

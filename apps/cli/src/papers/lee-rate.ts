import { criticalLearningRate } from '@ntk/dynamics'
import { kernelFn } from '@ntk/kernels-analytic'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import { gradientDescent, type SetRecord, train } from '@ntk/optim'
import { Erf, fullyConnected, type Layer } from '@ntk/stax'
import { foldIn, key, NtkError, normal, type Tensor, tensorFromData } from '@ntk/tensor'
import { type Done, defineExperiment } from '../experiment/experiment.js'
import { type Runnable, runnable } from '../experiment/runnable.js'
import { type ResultsOf, type Stage, stage } from '../experiment/stage.js'
import { growing, guideStyle, panelsFigure } from '../figures/panels.js'
import { type Mean, meanOf } from '../measures/error-bar.js'
import { rmse } from '../measures/numbers.js'
import { eigenvaluesOf } from '../measures/spectrum.js'
import { applyOf } from '../networks/apply.js'
import { real, whole } from '../settings/kind.js'
import { group, setting } from '../settings/setting.js'
import { lee2019, type PaperSettings, paperSettings, widthsSetting } from './common.js'

interface RateConfig extends PaperSettings {
  widths: number[]
  networks: number
  depth: number
  samples: number
  features: number
  steps: number
  bisections: number
  wStd: number
}

/** Trainings of one network at rates that close in on where it leaves its linearization, in units of 2/λmax of its own kernel. */
interface NetworkOutput {
  readonly values: {
    readonly width: number
    /** The largest distance from the linearization on the way, RMS over samples. */
    readonly trainings: readonly { readonly rate: number; readonly worst: number }[]
    /** The largest rate that held. */
    readonly breaks: number
    /** 2/(λmin + λmax) of it, in the same units. */
    readonly critical: number
  }
  readonly arrays: Readonly<Record<never, Tensor>>
}

interface InputsOutput {
  readonly values: { readonly ratio: number }
  readonly arrays: { readonly x: Tensor; readonly y: Tensor }
}

type Stages = { readonly inputs: Stage<InputsOutput>; readonly networks: readonly Stage<NetworkOutput>[] }

const netOf = ({ depth, wStd }: RateConfig, width: number): Layer =>
  fullyConnected(
    Array.from({ length: depth }, () => width),
    1,
    { activation: Erf, wStd },
  )

/** Two bounds that differ by less than this cannot be told apart. */
const leastRatio = 0.3

function inputsStage(config: RateConfig): Stage<InputsOutput> {
  return stage({
    name: 'inputs',
    title: 'drawing inputs',
    seconds: 0.1,
    async run(_, { signal }) {
      const { samples, features, seed } = config
      const own = foldIn(key(seed), 0)
      const x = normal(foldIn(own, 0), [samples, features])
      // Signs as targets.
      const signs = normal(foldIn(own, 1), [samples, 1]).dataSync()
      const y = tensorFromData(
        Float64Array.from(signs, (v) => (v > 0 ? 1 : -1)),
        [samples, 1],
      )
      const values = eigenvaluesOf(await kernelFn(netOf(config, 1))(x, null, { get: 'ntk', signal }))
      const ratio = (values.at(-1) ?? 0) / (values[0] ?? 1)
      if (ratio > leastRatio) return { values: { ratio }, arrays: { x, y } }
      throw new NtkError('value', {
        what: `The two bounds on the rate differ by too little to be told apart: λmin/λmax must be more than ${leastRatio}.`,
        got: ratio.toFixed(3),
        fix: 'Take fewer samples or more features: --set samples=6 --set features=256.',
      })
    },
  })
}

/**
 * Outputs this far (RMS) from those of the linearization, where targets are −1 and 1, follow it no more. Below the edge of stability the
 * distance falls as one over the root of the width; above, the linearization itself leaves, however close the network follows at first.
 */
const broken = 0.5
const [low, high] = [0.5, 1.5]

/** Figures show no larger distances. */
const most = 1000

function networkStage(
  config: RateConfig,
  inputs: Stage<InputsOutput>,
  width: number,
  member: number,
): Stage<NetworkOutput> {
  const { steps, bisections, features, samples, depth } = config
  const weights = width * (features + (depth - 1) * width)
  return stage({
    name: `width-${width}-${member}`,
    title: `width ${width}`,
    needs: { inputs },
    seconds: 0.02 + bisections * steps * (1e-3 + weights * samples * 8e-10),
    async run({ inputs: { arrays } }, { onPart, signal }) {
      const { x, y } = arrays
      const net = netOf(config, width)
      const own = [width, member].reduce(foldIn, foldIn(key(config.seed), 1))
      const { params } = net.init(own, [-1, features])
      const kernel = await empiricalNtkFn(net.apply, { traceAxes: [-1] })(x, null, params, { signal })
      const largest = eigenvaluesOf(kernel)[0] ?? Number.NaN
      const trainings: { rate: number; worst: number }[] = []
      let [holds, breaks] = [low, high]
      for (let i = 0; i < bisections; i++) {
        const rate = (holds + breaks) / 2
        const eta = (2 * rate) / largest
        const distances: number[] = []
        const linear = linearOutputs(kernel, y, applyOf(net)(params, x), eta)
        const work = train({
          apply: applyOf(net),
          params,
          x,
          y,
          loss: 'sum',
          optimizer: gradientDescent(eta),
          steps,
          outputs: true,
          evaluateEvery: 1,
          signal,
          onRecord: ({ sets }) => distances.push(rmse(outputsOf(sets.train), linear())),
        })
        await work.catch((error: unknown) => {
          // Its loss left the range of numbers: it broke.
          if (NtkError.isInstance(error) && error.code === 'diverged') distances.push(Number.MAX_VALUE)
          else throw error
        })
        // NaN where the linearization has left the range of numbers.
        const worst = Math.max(...distances.map((one) => (Number.isNaN(one) ? Number.MAX_VALUE : one)))
        trainings.push({ rate, worst })
        if (worst > broken) breaks = rate
        else holds = rate
        onPart((i + 1) / bisections)
      }
      const critical = (criticalLearningRate(kernel) * largest) / 2
      return { values: { width, trainings, breaks: (holds + breaks) / 2, critical }, arrays: {} }
    },
  })
}

function outputsOf(record: SetRecord | undefined): ArrayLike<number> {
  if (record?.outputs === undefined) throw new Error('an evaluation kept no outputs')
  return record.outputs.dataSync()
}

/** Outputs of the linearization at steps 0, 1, 2, ...: f − y goes as (I − ηΘ)^t. */
function linearOutputs(kernel: Tensor, y: Tensor, start: Tensor, eta: number): () => Float64Array {
  const [theta, targets] = [kernel.dataSync(), y.dataSync()]
  const n = targets.length
  let now = Float64Array.from(start.dataSync())
  let step = 0
  return () => {
    if (step++ === 0) return now
    const before = now
    now = before.map((f, i) => {
      let pulled = 0
      for (let j = 0; j < n; j++)
        pulled += (theta[i * n + j] as number) * ((before[j] as number) - (targets[j] as number))
      return f - eta * pulled
    })
    return now
  }
}

interface RateNumbers {
  readonly byWidth: readonly {
    readonly width: number
    /** Where it breaks, of 2/λmax. */
    readonly ofLargest: Mean
    /** Where it breaks, of 2/(λmin + λmax). */
    readonly ofCritical: Mean
    readonly critical: Mean
  }[]
}

type RateDone = Done<RateConfig, ResultsOf<Stages>, RateNumbers>

const widest = ({ numbers }: RateDone): RateNumbers['byWidth'][number] | undefined => numbers.byWidth.at(-1)

/** Bisection leaves an interval of this length. */
const lastInterval = ({ bisections }: RateConfig): number => (high - low) / 2 ** bisections

export const leeRate: Runnable = runnable(
  defineExperiment({
    name: 'lee-rate',
    summary:
      'The learning rate up to which training follows its linearization, beside the two bounds 2/(λmin + λmax) and 2/λmax',
    paper: `${lee2019}, Theorem 2.1`,
    settings: group<RateConfig>({
      widths: widthsSetting([128, 512, 2048]),
      networks: setting(whole({ min: 3 }), { help: 'Networks of each width', default: 6 }),
      depth: setting(whole(), { help: 'Hidden layers', default: 2 }),
      samples: setting(whole({ min: 2 }), { help: 'Random inputs', default: 8 }),
      features: setting(whole(), { help: 'Features of an input', default: 256 }),
      steps: setting(whole({ min: 10 }), { help: 'Steps of each training', default: 400 }),
      bisections: setting(whole({ min: 3 }), {
        help: 'Trainings of a network, each halving the interval',
        default: 8,
      }),
      wStd: setting(real({ above: 0 }), { help: 'Standard deviation of the weights', default: 1.3 }),
      ...paperSettings,
    }),
    presets: {
      quick: { widths: [64, 256], networks: 3, features: 64, samples: 6, steps: 80, bisections: 5 },
      standard: { widths: [128, 512, 2048], networks: 4, steps: 300 },
      paper: { widths: [128, 512, 2048, 8192], networks: 20, steps: 4096, bisections: 10 },
    },
    more: 'networks',
    setup: (config) => config,
    stages: (config) => {
      const inputs = inputsStage(config)
      const networks = config.widths.flatMap((width) =>
        Array.from({ length: config.networks }, (_, member) => networkStage(config, inputs, width, member)),
      )
      return { inputs, networks }
    },
    numbers: ({ networks }, config): RateNumbers => ({
      byWidth: [...config.widths]
        .sort((a, b) => a - b)
        .map((width) => {
          const own = networks.filter(({ values }) => values.width === width).map(({ values }) => values)
          // The interval that is left adds to the spread.
          const withInterval = ({ mean, error }: Mean): Mean => ({
            mean,
            error: Math.hypot(error, lastInterval(config) / 2),
          })
          return {
            width,
            ofLargest: withInterval(meanOf(own.map(({ breaks }) => breaks))),
            ofCritical: withInterval(meanOf(own.map(({ breaks, critical }) => breaks / critical))),
            critical: meanOf(own.map(({ critical }) => critical)),
          }
        }),
    }),
    figures: [
      {
        name: 'rates',
        caption:
          'The largest distance of the outputs from those of the linearization on the way, over the learning rate. Up to 2/λmax of its own kernel at the start it is small and smaller in wider networks; above, the linearization diverges, and the network does not follow. The bound of the theorem, 2/(λmin + λmax), is the left one of the two broken lines.',
        draw: ({ setup, numbers, results }: RateDone) => {
          const worstOf = results.networks.flatMap(({ values }) =>
            values.trainings.map(({ worst }) => Math.min(worst, most)),
          )
          const heights = [Math.min(...worstOf), Math.max(...worstOf)]
          const critical = numbers.byWidth.at(-1)?.critical.mean ?? Number.NaN
          return panelsFigure(
            [
              {
                title: `${setup.networks} networks a width, ${setup.steps} steps`,
                series: [
                  {
                    style: guideStyle('2/(λmin + λmax) and 2/λmax'),
                    points: heights.map((y) => ({ x: critical, y })),
                  },
                  { style: guideStyle(''), points: heights.map((y) => ({ x: 1, y })) },
                  ...numbers.byWidth.map(({ width }, i) => ({
                    style: {
                      label: `width ${width}`,
                      colour:
                        growing[Math.floor(((i + 1) * growing.length) / (numbers.byWidth.length + 1))] ?? '',
                      kind: 'dots' as const,
                      size: 30,
                      opacity: 0.8,
                    },
                    points: results.networks
                      .filter(({ values }) => values.width === width)
                      .flatMap(({ values }) =>
                        values.trainings.map(({ rate, worst }) => ({ x: rate, y: Math.min(worst, most) })),
                      ),
                  })),
                ],
              },
            ],
            {
              title: 'Up to which rate training follows its linearization',
              subtitle: `${setup.samples} random inputs, ${setup.depth} hidden layers of Erf; ${most} stands for all beyond`,
              x: { title: 'learning rate, in units of 2/λmax of the network at its start' },
              y: { title: 'largest RMS distance from the linearization', log: true },
            },
          )
        },
      },
    ],
    findings: [
      {
        name: 'of-largest',
        statement: ({ numbers }) =>
          `rate up to which training follows its linearization, in units of 2/λmax, width ${numbers.byWidth.at(-1)?.width}`,
        note: 'The linearization is stable up to 2/λmax. Error bar: spread over networks, and the interval that bisection leaves.',
        measure: (done) => {
          const at = widest(done)?.ofLargest
          return at === undefined
            ? null
            : { value: at.mean, uncertainty: at.error, theory: 1, resolution: 0.05 }
        },
      },
      {
        name: 'of-critical',
        statement: ({ numbers }) =>
          `rate up to which training follows its linearization, in units of 2/(λmin + λmax), width ${numbers.byWidth.at(-1)?.width}`,
        note: 'Lee et al. 2019, Theorem 2.1, says that training holds below; it does not say that it breaks above. Error bar: as above.',
        measure: (done) => {
          const at = widest(done)?.ofCritical
          return at === undefined
            ? null
            : { value: at.mean, uncertainty: at.error, theory: 1, relation: 'at least', resolution: 0.1 }
        },
      },
    ],
    story: ({ numbers, results }) => {
      const at = numbers.byWidth.at(-1)
      return {
        headline: `Training follows its linearization up to ${at?.ofLargest.mean.toFixed(2)} of 2/λmax, which is ${at?.ofCritical.mean.toFixed(2)} of the theorem's bound`,
        lead: `Gradient descent on the total loss, at rates that close in by halves on where the outputs of a network first are ${broken} (RMS; targets are −1 and 1) from those of its linearization. The theorem's bound 2/(λmin + λmax) is enough for its proof; what training needs is 2/λmax. Inputs are random in many dimensions, so that λmin/λmax = ${results.inputs.values.ratio.toFixed(2)} and the two bounds differ.`,
        facts: [],
        tables: [
          {
            caption: 'Up to which rate training follows its linearization, by width',
            head: ['width', 'of 2/λmax', 'of 2/(λmin + λmax)'],
            rows: numbers.byWidth.map(({ width, ofLargest, ofCritical }) => [
              String(width),
              `${ofLargest.mean.toFixed(3)} ± ${ofLargest.error.toFixed(3)}`,
              `${ofCritical.mean.toFixed(3)} ± ${ofCritical.error.toFixed(3)}`,
            ]),
          },
        ],
      }
    },
  }),
)

import { type Done, defineExperiment, type FindingDefinition } from '../experiment/experiment.js'
import { type Runnable, runnable } from '../experiment/runnable.js'
import type { ResultsOf } from '../experiment/stage.js'
import { growing, guideStyle, panelsFigure } from '../figures/panels.js'
import type { Mean } from '../measures/error-bar.js'
import { shortNumber, withUncertainty } from '../text/number.js'
import { xiao2020 } from './common.js'
import { type RatesNumbers, ratesNumbers } from './rates/numbers.js'
import { type RatesConfig, ratesSettings } from './rates/settings.js'
import { type RatesStages, ratesStages } from './rates/stages.js'
import { evenly } from './regions/settings.js'

type RatesDone = Done<RatesConfig, ResultsOf<RatesStages>, RatesNumbers>

const finding = (
  name: 'rises' | 'risesOwn' | 'fails',
  theory: number,
  resolution: number,
  statement: string,
  note: string,
): FindingDefinition<RatesDone> => ({
  name: name.replace('O', '-o'),
  statement,
  note: `${note} Error bar: spread over networks, and the interval between rates.`,
  measure: ({ numbers }) => {
    const { mean, error }: Mean = numbers[name]
    return { value: mean, uncertainty: error, theory, resolution }
  },
})

/** Losses by what stands before Σ (f − y)²: gradients, and so rates, go with it. */
const losses = [
  ['½ Σ (f − y)²', 1],
  ['Σ (f − y)²', 1 / 2],
  ['¼ Σ (f − y)²', 2],
] as const

export const xiao2Rate: Runnable = runnable(
  defineExperiment({
    name: 'xiao-2-rate',
    summary:
      'Accuracy over the learning rate ρ · 2/λmax: where the linearization breaks, and where training fails',
    paper: `${xiao2020}, Figure 2 (c)`,
    settings: ratesSettings(),
    presets: {
      quick: {
        data: 'glyphs',
        train: 20,
        side: 8,
        wVars: [0.8, 1.5],
        depth: 4,
        width: 96,
        rates: [0.5, 1, 1.5, 2, 2.5, 3],
        steps: 30,
      },
      standard: {},
      paper: {
        data: 'cifar10',
        train: 1000,
        side: 32,
        wVars: evenly(0.5, 4, 20),
        width: 2048,
        rates: evenly(0.2, 4, 20),
        steps: 2000,
      },
    },
    more: 'networks',
    setup: (config) => config,
    stages: ratesStages,
    numbers: ratesNumbers,
    figures: [
      {
        name: 'accuracy',
        caption:
          'Accuracy on the training images at the end, over the learning rate. Above 2/λmax (ρ = 1) outputs leave the labels at first, as those of the linearization do for good. Networks then come to where their kernel is smaller, and train up to about twice that rate.',
        draw: ({ setup, numbers }: RatesDone) =>
          panelsFigure(
            [
              {
                title: `${setup.networks} networks a variance, ${setup.steps} steps`,
                series: [
                  ...[1, 2].map((x) => ({
                    style: guideStyle(x === 1 ? 'theory (ρ = 1) and paper (ρ = 2)' : ''),
                    points: [0, 1].map((y) => ({ x, y })),
                  })),
                  ...numbers.byVariance.flatMap(({ wVar, curve }, i) => {
                    const place = Math.floor(((i + 1) * growing.length) / (numbers.byVariance.length + 1))
                    const colour = growing[place] ?? ''
                    const points = curve.map(({ rate, accuracy }) => ({ x: rate, y: accuracy }))
                    const label = `σ_w² = ${shortNumber(wVar)}`
                    return [
                      { style: { label: '', colour, kind: 'line' as const, size: 1.8 }, points },
                      { style: { label, colour, kind: 'dots' as const, size: 34 }, points },
                    ]
                  }),
                ],
              },
            ],
            {
              title: 'Up to which learning rate deep networks train',
              subtitle: `${setup.train} images of ${setup.data}, ${setup.depth} layers of Erf, width ${setup.width}, loss ½ Σ (f − y)²`,
              x: { title: 'learning rate ρ, in units of 2/λmax of the infinitely wide network' },
              y: { title: 'accuracy on training images' },
            },
          ),
      },
    ],
    findings: [
      finding(
        'risesOwn',
        1,
        0.1,
        'rate above which outputs along the first eigenvector leave the labels, in units of 2/λmax of the network at its start',
        'The linearization is stable up to 2/λmax for the loss with a half (Xiao et al. 2020, Equation 5).',
      ),
      finding(
        'rises',
        1,
        0.1,
        'rate above which outputs along the first eigenvector leave the labels, in units of 2/λmax of the infinitely wide network',
        'As before. The finding above, in units of the network itself, tells what of a difference is that of the two kernels.',
      ),
      finding(
        'fails',
        2,
        0.25,
        'rate above which training fails, in units of 2/λmax of the infinitely wide network',
        'Xiao et al. 2020, Figure 2 (c), shows 2. Between 2/λmax and 4/λmax the loss of a wide network rises until its kernel is small enough, and then falls (Lewkowycz et al. 2020).',
      ),
    ],
    story: ({ setup, numbers }) => ({
      headline: `Outputs leave the labels at first above ${numbers.rises.mean.toFixed(2)} · 2/λmax, and training fails above ${numbers.fails.mean.toFixed(2)} · 2/λmax`,
      lead: `Gradient descent on ½ Σ (f − y)², fully connected Erf networks of ${setup.depth} layers, at rates ρ · 2/λmax of the tangent kernel of the infinitely wide network. Two things are told apart: above which rate the first ${setup.early} steps take outputs along the first eigenvector away from the labels, which is ρ = 1 for the linearization; and above which rate the training set is not learnt at the end, which is what the paper's figure shows at ρ = 2. A factor of two could also come from the loss, so the table has both numbers for three of them.`,
      facts: [],
      tables: [
        {
          caption: 'Rates in units of 2/λmax, by the loss that is meant',
          head: ['loss', 'theory', 'leaves at first', 'training fails', 'paper'],
          rows: losses.map(([loss, factor]) => [
            loss,
            shortNumber(factor),
            withUncertainty(numbers.rises.mean * factor, numbers.rises.error * factor),
            withUncertainty(numbers.fails.mean * factor, numbers.fails.error * factor),
            '2',
          ]),
        },
        {
          caption: 'By the variance of the weights, with the half',
          head: ['σ_w²', 'leaves at first', 'of its own 2/λmax', 'training fails'],
          rows: numbers.byVariance.map(({ wVar, rises, risesOwn, fails }) => [
            shortNumber(wVar),
            ...[rises, risesOwn, fails].map(({ mean, error }) => withUncertainty(mean, error)),
          ]),
        },
      ],
    }),
  }),
)

import type { TopLevelSpec } from 'vega-lite'
import { type CurveName, shortNumber } from '../figures/curves.js'
import { type LossPoint, lossFigure } from '../figures/loss.js'
import { type OutputBand, type OutputPoint, outputsFigure } from '../figures/outputs.js'
import { type ScatterPoint, scatterFigure } from '../figures/scatter.js'
import { spectrumFigure } from '../figures/spectrum.js'
import { widthFigure } from '../figures/width.js'
import type { StageContext } from '../runs/stages.js'
import { arrayOf, numbersOf, rowOf } from './arrays.js'
import { targetsOf, testOutputs } from './curves.js'
import { curveStages, type Findings } from './gather.js'
import { largest } from './numbers.js'
import type { Setup } from './setup.js'

type Results = Pick<StageContext, 'result'>

/** One figure of a run with what its caption says in the report. */
export interface RunFigure {
  readonly name: string
  readonly spec: TopLevelSpec
  readonly caption: string
  readonly narrow?: boolean
}

const names: readonly CurveName[] = ['network', 'infinite', 'linearized', 'closedForm']

/** `1.2 %`, with as many digits as say something. */
export function percent(share: number): string {
  return `${shortNumber(100 * share, 2)} %`
}

/** What is trained on what, for subtitles. */
export function subject(setup: Setup): string {
  const { data } = setup.config
  const classes = data.classes === undefined ? '' : ` of ${data.classes.length} classes`
  return `${data.name}, ${data.train} training images${classes}, ${setup.title}`
}

export function runFigures(setup: Setup, results: Results, findings: Findings): RunFigure[] {
  return [
    loss(setup, findings),
    outputs(setup, results),
    scatter(setup, results, findings),
    ...(findings.sweep === null ? [] : [width(setup, findings.sweep)]),
    spectrum(setup, findings),
  ]
}

function loss(setup: Setup, findings: Findings): RunFigure {
  const points = names.flatMap((curve) => {
    const numbers = findings.curves[curve]
    return (['train', 'test'] as const).flatMap((split) =>
      numbers.steps.map(
        (step, i): LossPoint => ({ curve, split, step, loss: numbers[split].loss[i] ?? Number.NaN }),
      ),
    )
  })
  const most = Math.max(findings.network.ofStart, findings.linearized.ofStart)
  const verb = most < 0.1 ? 'agree within' : 'differ by up to'
  const title = `Network, linearization and closed form ${verb} ${percent(most)} of the starting loss`
  return {
    name: 'loss',
    spec: lossFigure(points, title, subject(setup)),
    caption:
      'Loss against step. The network (broad line), its linearization (dashes) and the closed form with the kernel at the start (dots) lie on each other where the kernel hardly moves; the thin line is the expected loss of infinitely wide networks.',
  }
}

/** Up to six test images, each of another class while there are some left. */
function chosenImages(
  targets: Float64Array,
  columns: number,
  count: number,
): { image: number; output: number }[] {
  const labels = Array.from({ length: targets.length / columns }, (_, i) =>
    largest(targets, i * columns, columns),
  )
  const firsts = [...new Set(labels)].sort((a, b) => a - b).map((label) => labels.indexOf(label))
  const others = labels.map((_, i) => i).filter((i) => !firsts.includes(i))
  return [...firsts, ...others].slice(0, count).map((image) => ({ image, output: labels[image] ?? 0 }))
}

function outputs(setup: Setup, results: Results): RunFigure {
  const { test, columns } = targetsOf(results)
  const classes = results.result('data').values.classes
  const points: OutputPoint[] = []
  const bands: OutputBand[] = []
  const sigma = numbersOf(results, 'infinite', 'sigma_test')
  const mean = testOutputs(results, 'infinite')
  const curves = (['network', 'linearized', 'closedForm'] as const).map((curve) => ({
    curve,
    rows: testOutputs(results, curveStages[curve]),
  }))
  for (const { image, output } of chosenImages(test, columns, 6)) {
    const label = Array.isArray(classes) ? String(classes[output]) : String(output)
    const panel = `test image ${image}, output “${label}”`
    const at = image * columns + output
    setup.steps.forEach((step, i) => {
      for (const { curve, rows } of curves)
        points.push({ curve, panel, step, value: rows[i]?.[at] ?? Number.NaN })
      const deviation = rowOf(sigma, setup.steps.length, i)[image] ?? Number.NaN
      bands.push({ panel, step, mean: mean[i]?.[at] ?? Number.NaN, sigma: deviation })
    })
  }
  return {
    name: 'outputs',
    spec: outputsFigure(
      points,
      bands,
      'The prediction follows single outputs through training',
      subject(setup),
    ),
    caption:
      'The output of the own class on some test images. The band holds 95 % of infinitely wide networks (mean ± 2σ): where one network starts in it is chance, where it goes from there is predicted.',
  }
}

function scatter(setup: Setup, results: Results, findings: Findings): RunFigure {
  const { test, columns } = targetsOf(results)
  const network = testOutputs(results, curveStages.network).at(-1) ?? new Float64Array()
  const predicted = testOutputs(results, curveStages.closedForm).at(-1) ?? new Float64Array()
  // More dots than this only make the files large.
  const stride = Math.max(1, Math.ceil(test.length / columns / 200))
  const points: ScatterPoint[] = []
  for (let i = 0; i < test.length; i++) {
    const image = Math.floor(i / columns)
    if (image % stride !== 0) continue
    const own = largest(test, image * columns, columns) === i % columns
    points.push({ predicted: predicted[i] ?? Number.NaN, network: network[i] ?? Number.NaN, own })
  }
  const images = arrayOf(results, 'data', 'y_test').shape[0] ?? 0
  return {
    name: 'scatter',
    spec: scatterFigure(
      points,
      `Trained outputs are the predicted ones to ${shortNumber(findings.networkRmse, 2)}`,
      `RMSE at step ${setup.config.training.steps}, ${images} test images`,
    ),
    caption:
      'Every output on test images after the last step, against its prediction. On the dashed line both are equal.',
    narrow: true,
  }
}

function width(setup: Setup, sweep: NonNullable<Findings['sweep']>): RunFigure {
  const slope = shortNumber(sweep.law.slope, 2)
  return {
    name: 'width',
    spec: widthFigure(
      sweep.points,
      sweep.law,
      `The distance falls as width to the power ${slope}`,
      `${setup.config.data.name}, ${setup.config.data.train} training images`,
    ),
    caption: `Distance of trained networks from their own closed form. Theory bounds it by a multiple of width to the power −1/2 (Lee et al. 2019, Theorem 2.1).`,
    narrow: true,
  }
}

function spectrum(setup: Setup, findings: Findings): RunFigure {
  const own = setup.width === null ? 'this network at its start' : `width ${setup.width} at its start`
  const condition = findings.infinite.condition
  return {
    name: 'spectrum',
    spec: spectrumFigure(
      [
        { name: own, eigenvalues: findings.empirical.eigenvalues },
        { name: 'infinite width', eigenvalues: findings.infinite.eigenvalues },
      ],
      'The tangent kernel of the network has the spectrum of infinite width',
      condition === null
        ? 'singular at infinite width'
        : `condition number at infinite width ${shortNumber(condition)}`,
    ),
    caption:
      'Eigenvalues of the tangent kernel on the training images (mean over outputs). Gradient descent learns each eigenvector at the rate of its eigenvalue: those on the right are learnt last.',
  }
}

import type { TopLevelSpec } from 'vega-lite'
import type { Figure } from '../../experiment/experiment.js'
import type { CurveName } from '../../figures/curves.js'
import { type LossPoint, lossFigure } from '../../figures/loss.js'
import { type OutputBand, type OutputPoint, outputsFigure } from '../../figures/outputs.js'
import { type ScatterPoint, scatterFigure } from '../../figures/scatter.js'
import { spectrumFigure } from '../../figures/spectrum.js'
import { widthFigure } from '../../figures/width.js'
import { largest } from '../../measures/numbers.js'
import { rowsOf } from '../../measures/rows.js'
import { percent, shortNumber, withUncertainty } from '../../text/number.js'
import { targetsOf, testOutputs } from './curves.js'
import type { DynamicsDone } from './findings.js'
import { curvesOf, type SweepLaw, sweepLaws } from './numbers.js'
import type { Setup } from './setup.js'

/** What the distances of the sweep are, in its figure and table. */
export const lawLabels: Readonly<Record<SweepLaw, string>> = {
  kernel: 'kernel from infinite width',
  infinite: 'outputs from infinite width',
  own: 'outputs from own kernel',
}

const names: readonly CurveName[] = ['network', 'infinite', 'linearized', 'closedForm']

/** What is trained on what, for subtitles. */
export function subject({ config, title }: Setup): string {
  const { data } = config
  const classes = data.classes === undefined ? '' : ` of ${data.classes.length} classes`
  return `${data.name}, ${data.train} training images${classes}, ${title}`
}

function loss({ setup, numbers }: DynamicsDone): TopLevelSpec {
  const points = names.flatMap((curve) => {
    const { steps, ...sets } = numbers.curves[curve]
    return (['train', 'test'] as const).flatMap((split) =>
      steps.map((step, i): LossPoint => ({ curve, split, step, loss: sets[split].loss[i] ?? Number.NaN })),
    )
  })
  const most = Math.max(numbers.network.ofStart, numbers.linearized.ofStart)
  const verb = most < 0.1 ? 'agree within' : 'differ by up to'
  const title = `Network, linearization and closed form ${verb} ${percent(most)} of the starting loss`
  return lossFigure(points, title, subject(setup))
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

function outputs({ setup, results }: DynamicsDone): TopLevelSpec {
  const { test, columns } = targetsOf(results.data)
  const { classes } = results.data.values
  const points: OutputPoint[] = []
  const bands: OutputBand[] = []
  const sigma = rowsOf(results.infinite.arrays.sigma_test)
  const mean = testOutputs(results.infinite)
  const outputsOf = curvesOf(results)
  const curves = (['network', 'linearized', 'closedForm'] as const).map((curve) => ({
    curve,
    rows: testOutputs(outputsOf[curve]),
  }))
  for (const { image, output } of chosenImages(test, columns, 6)) {
    const panel = `test image ${image}, output “${classes[output] ?? output}”`
    const at = image * columns + output
    setup.steps.forEach((step, i) => {
      for (const { curve, rows } of curves)
        points.push({ curve, panel, step, value: rows[i]?.[at] ?? Number.NaN })
      const deviation = sigma[i]?.[image] ?? Number.NaN
      bands.push({ panel, step, mean: mean[i]?.[at] ?? Number.NaN, sigma: deviation })
    })
  }
  const title = 'The prediction follows single outputs through training'
  return outputsFigure(points, bands, title, subject(setup))
}

function scatter({ setup, results, numbers }: DynamicsDone): TopLevelSpec {
  const { test, columns } = targetsOf(results.data)
  const network = testOutputs(results.network).at(-1) ?? new Float64Array()
  const predicted = testOutputs(results.closedForm).at(-1) ?? new Float64Array()
  const images = test.length / columns
  // More dots than this only make the files large.
  const stride = Math.max(1, Math.ceil(images / 200))
  const points: ScatterPoint[] = []
  for (let i = 0; i < test.length; i++) {
    const image = Math.floor(i / columns)
    if (image % stride !== 0) continue
    const own = largest(test, image * columns, columns) === i % columns
    points.push({ predicted: predicted[i] ?? Number.NaN, network: network[i] ?? Number.NaN, own })
  }
  return scatterFigure(
    points,
    `Trained outputs are the predicted ones to ${shortNumber(numbers.networkRmse, 2)}`,
    `RMSE at step ${setup.config.training.steps}, ${images} test images`,
  )
}

function width({ setup, numbers: { sweep } }: DynamicsDone): TopLevelSpec | null {
  if (sweep === null) return null
  const { data, networks, training } = setup.config
  const { slope, slopeError } = sweep.laws.kernel
  return widthFigure(
    sweepLaws.map((name) => ({
      label: lawLabels[name],
      law: sweep.laws[name],
      points: sweep.points.map(({ width: of, networks: all }) => ({
        width: of,
        values: all.map((one) => one[name]),
      })),
    })),
    `Kernels approach infinite width as width to the power ${withUncertainty(slope, slopeError)}`,
    `${data.name}, ${data.train} training images, ${networks === 1 ? 'one network' : `${networks} networks`} a width, after ${training.steps} steps`,
  )
}

function spectrum({ setup, numbers: { empirical, infinite } }: DynamicsDone): TopLevelSpec {
  const own = setup.width === null ? 'this network at its start' : `width ${setup.width} at its start`
  return spectrumFigure(
    [
      { name: own, eigenvalues: empirical.eigenvalues },
      { name: 'infinite width', eigenvalues: infinite.eigenvalues },
    ],
    'The network’s kernel has the spectrum of infinite width',
    infinite.condition === null
      ? 'singular at infinite width'
      : `condition number at infinite width ${shortNumber(infinite.condition)}`,
  )
}

export const dynamicsFigures: readonly Figure<DynamicsDone>[] = [
  {
    name: 'loss',
    draw: loss,
    caption:
      'Loss against step. The network (broad line), its linearization (dashes) and the closed form with the kernel at the start (dots) lie on each other where the kernel hardly moves; the thin line is the expected loss of infinitely wide networks.',
  },
  {
    name: 'outputs',
    draw: outputs,
    caption:
      'The output of the right class on some test images, none of which was trained on. Where networks start at random outputs, a band holds 95 % of infinitely wide ones (mean ± 2σ): where one starts in it is chance, where it goes from there is predicted. Networks that start at zero all follow one line at infinite width.',
  },
  {
    name: 'width',
    draw: width,
    caption:
      'How far networks are from theory; each point is a mean over networks, its bar two standard errors to each side. Squares: the tangent kernel at the start is a mean over the units of a layer, so its error falls as width to the power −1/2. Triangles: outputs after training, against those predicted at infinite width, inherit that error, and fall with the same power once it is small. Circles: with the kernel that each network really has the prediction is closer, and theory bounds the distance by a multiple of width to the power −1/2 (Lee et al. 2019, Theorem 2.1).',
  },
  {
    name: 'scatter',
    draw: scatter,
    caption:
      'Every output on test images after the last step, against its prediction. On the dashed line both are equal.',
    narrow: true,
  },
  {
    name: 'spectrum',
    draw: spectrum,
    caption:
      'Eigenvalues of the tangent kernel on the training images (mean over outputs). Gradient descent learns each eigenvector at the rate of its eigenvalue: those on the right are learnt last.',
    narrow: true,
  },
]

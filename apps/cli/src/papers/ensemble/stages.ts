import { gradientDescentMseEnsemble } from '@ntk/dynamics'
import { kernelFn } from '@ntk/kernels-analytic'
import { gradientDescent, train } from '@ntk/optim'
import { fullyConnected, type Layer, Tanh } from '@ntk/stax'
import { concatenate, foldIn, type Key, key, NtkError, slice, type Tensor, tensorFromData } from '@ntk/tensor'
import { type Stage, stage } from '../../experiment/stage.js'
import { float64s } from '../../measures/rows.js'
import { applyOf } from '../../networks/apply.js'
import type { PaperSettings } from '../common.js'
import { type ImageSettings, type ImagesOutput, imagesStage, requireTwoClasses } from '../images.js'

export interface EnsembleConfig extends PaperSettings, ImageSettings {
  width: number
  depth: number
  networks: number
  points: number
  times: number[]
  learningRate: number
  wStd: number
  bStd: number | null
}

export interface EnsembleSetup {
  readonly config: EnsembleConfig
  readonly net: Layer
  readonly times: readonly number[]
  /** α of x(α) = α x₁ + (1 − α) x₂. */
  readonly alphas: readonly number[]
  readonly keys: { readonly data: Key; readonly networks: Key }
}

/** What infinitely wide networks do on the line between two training inputs: [times, points]. */
interface TheoryOutput {
  readonly values: object
  readonly arrays: {
    readonly mean: Tensor
    readonly sigma: Tensor
    /** The same where the readout alone is trained (Equations S22 and S23). */
    readonly readout_mean: Tensor
    readonly readout_sigma: Tensor
    /** The line itself, [points, features]. */
    readonly line: Tensor
  }
}

/** Outputs of one network on the line, [times, points]. */
interface NetworkOutput {
  readonly values: object
  readonly arrays: { readonly outputs: Tensor }
}

export type EnsembleStages = {
  readonly data: Stage<ImagesOutput>
  readonly theory: Stage<TheoryOutput>
  readonly networks: readonly Stage<NetworkOutput>[]
}

export function makeSetup(config: EnsembleConfig): EnsembleSetup {
  requireTwoClasses(config)
  const { depth, width, wStd, bStd, times, points, seed } = config
  const widths = Array.from({ length: depth }, () => width)
  return {
    config,
    net: fullyConnected(widths, 1, { activation: Tanh, wStd, bStd }),
    times: [...times].sort((a, b) => a - b),
    alphas: Array.from({ length: points }, (_, i) => i / (points - 1)),
    keys: { data: foldIn(key(seed), 0), networks: foldIn(key(seed), 1) },
  }
}

function theoryStage(
  { config, net, times, alphas }: EnsembleSetup,
  data: Stage<ImagesOutput>,
): Stage<TheoryOutput> {
  return stage({
    name: 'theory',
    title: 'closed forms at infinite width',
    needs: { data },
    seconds: 0.3 + (config.train + config.points) ** 2 * 4e-5 * config.depth,
    async run({ data: { arrays } }, { signal }) {
      const { x, y } = arrays
      const line = lineBetween(x, y, alphas)
      const n = x.shape[0] ?? 0
      const all = await kernelFn(net)(concatenate([x, line], 0), null, { get: ['nngp', 'ntk'], signal })
      const part = (
        kernel: Tensor,
        rows: readonly [number, number],
        columns: readonly [number, number],
      ): Tensor => slice(kernel, [...rows], [...columns])
      const [inside, outside] = [
        [0, n],
        [n, n + alphas.length],
      ] as const
      const learningRate = config.learningRate
      const predict = gradientDescentMseEnsemble(
        { nngp: part(all.nngp, inside, inside), ntk: part(all.ntk, inside, inside) },
        y,
        { learningRate, dynamics: 'steps' },
      )
      const test = {
        kTestTrain: { nngp: part(all.nngp, outside, inside), ntk: part(all.ntk, outside, inside) },
        nngpTestTest: part(all.nngp, outside, outside),
      }
      const found = predict({ get: ['ntk', 'nngp'], t: [...times], test })
      const shape = [times.length, alphas.length]
      const means = (of: { mean: Tensor }): Tensor => tensorFromData(float64s(of.mean).slice(), shape)
      return {
        values: {},
        arrays: {
          mean: means(found.ntk),
          sigma: deviations(found.ntk.covariance, shape),
          readout_mean: means(found.nngp),
          readout_sigma: deviations(found.nngp.covariance, shape),
          line,
        },
      }
    },
  })
}

/** Square roots of the diagonals of [times, points, points]. */
function deviations(covariance: Tensor, shape: readonly number[]): Tensor {
  const data = float64s(covariance)
  const [times = 0, points = 0] = shape
  const sigmas = Float64Array.from({ length: times * points }, (_, at) => {
    const [t, i] = [Math.floor(at / points), at % points]
    return Math.sqrt(Math.max(0, data[(t * points + i) * points + i] ?? 0))
  })
  return tensorFromData(sigmas, shape)
}

/** Between the first training input of each class: [points, features]. */
function lineBetween(x: Tensor, y: Tensor, alphas: readonly number[]): Tensor {
  const labels = float64s(y)
  const [first, second] = [labels.indexOf(1), labels.indexOf(-1)]
  if (first < 0 || second < 0) {
    throw new NtkError('config', {
      what: 'The training samples must hold both classes.',
      fix: 'Take more of them: --set train=16.',
    })
  }
  const features = x.shape[1] ?? 0
  const data = float64s(x)
  const line = new Float64Array(alphas.length * features)
  alphas.forEach((alpha, i) => {
    for (let j = 0; j < features; j++)
      line[i * features + j] =
        alpha * (data[first * features + j] as number) + (1 - alpha) * (data[second * features + j] as number)
  })
  return tensorFromData(line, [alphas.length, features])
}

function networkStage(
  { config, net, times, alphas, keys }: EnsembleSetup,
  data: Stage<ImagesOutput>,
  theory: Stage<TheoryOutput>,
  member: number,
): Stage<NetworkOutput> {
  const { width, depth, learningRate, train: samples } = config
  const last = Math.max(...times)
  const weights = width * (784 + (depth - 1) * width)
  return stage({
    name: `network-${member}`,
    title: 'training networks',
    needs: { data, theory },
    seconds: 0.02 + weights * 6e-8 + last * (1.6e-3 + weights * samples * 6e-10),
    async run({ data: { arrays }, theory: { arrays: lines } }, { onPart, signal }) {
      const { x, y } = arrays
      const { params } = net.init(foldIn(keys.networks, member), [-1, x.shape[1] ?? 0])
      const { history } = await train({
        apply: applyOf(net),
        params,
        x,
        y,
        optimizer: gradientDescent(learningRate),
        steps: last,
        evaluate: {
          line: { x: lines.line, y: tensorFromData(new Float64Array(alphas.length), [alphas.length, 1]) },
        },
        outputs: true,
        at: [...times],
        signal,
        onProgress: ({ done }) => onPart(done / last),
      })
      const rows = times.flatMap((time) => {
        const outputs = history.find(({ step }) => step === time)?.sets.line?.outputs
        if (outputs === undefined) throw new Error(`no outputs were kept at step ${time}`)
        return [...float64s(outputs)]
      })
      return {
        values: {},
        arrays: { outputs: tensorFromData(Float64Array.from(rows), [times.length, alphas.length]) },
      }
    },
  })
}

export function ensembleStages(setup: EnsembleSetup): EnsembleStages {
  const data = imagesStage(setup.config, setup.keys.data)
  const theory = theoryStage(setup, data)
  const networks = Array.from({ length: setup.config.networks }, (_, member) =>
    networkStage(setup, data, theory, member),
  )
  return { data, theory, networks }
}

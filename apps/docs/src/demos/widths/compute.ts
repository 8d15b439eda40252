import { gradientDescentMse } from '@ntk/dynamics'
import { kernelFn } from '@ntk/kernels-analytic'
import { empiricalNtkFn, kernelDistance } from '@ntk/kernels-empirical'
import { gradientDescent, mse, train } from '@ntk/optim'
import { fromSpec, fullyConnected, type Layer } from '@ntk/stax'
import { foldIn, key, linspace, mul, reshape, sin, square, sub, sum, type Tensor } from '@ntk/tensor'
import type { Job } from '../../worker/job.js'
import { points, testPoints, widths } from './grids.js'

export interface WidthsSettings {
  readonly activation: string
  /** Hidden layers. */
  readonly depth: number
  /** Steps of gradient descent. */
  readonly steps: number
  /** Of ½ Σ (f − y)². */
  readonly learningRate: number
  /** Networks of each width. */
  readonly networks: number
}

/** Of one width, means over its networks. */
export interface WidthRow {
  readonly width: number
  /** ‖Θ − Θ∞‖ / ‖Θ∞‖ of kernels at the start: infinite width is approached as width^(−1/2). */
  readonly start: number
  /** ‖f − f_lin‖ / ‖y‖ of trained networks, on a grid, from the predictions of their own kernels. */
  readonly trained: number
  /** Outputs on the grid of the first network, and as predicted. */
  readonly network: readonly number[]
  readonly predicted: readonly number[]
}

export interface WidthsResult {
  readonly rows: readonly WidthRow[]
}

const xTrain: Tensor = reshape(linspace(-1, 1, points), [points, 1])
const yTrain: Tensor = sin(mul(xTrain, 4))
const xTest = reshape(linspace(-1, 1, testPoints), [testPoints, 1])
const total = (f: Tensor, y: Tensor): Tensor => mse(f, y, { loss: 'sum' })
const lengthOf = (x: Tensor): number => Math.sqrt(sum(square(x)).item())

const networkOf = ({ activation, depth }: WidthsSettings, width: number): Layer =>
  fullyConnected(
    Array.from({ length: depth }, () => width),
    1,
    {
      activation: () => fromSpec([activation]),
      wStd: 1.5,
      bStd: 0.5,
    },
  )

async function trainOne(
  settings: WidthsSettings,
  width: number,
  seed: number,
  infinite: Tensor,
): Promise<WidthRow> {
  const { steps, learningRate } = settings
  const net = networkOf(settings, width)
  const { params } = net.init(foldIn(key(width), seed), [-1, 1])
  const kernel = empiricalNtkFn(net.apply, { traceAxes: [-1] })
  const own = await kernel(xTrain, null, params)
  const predict = gradientDescentMse(own, yTrain, { loss: 'sum', learningRate, dynamics: 'steps' })
  const { test: predicted } = predict({
    t: steps,
    fTrain0: net.apply(params, xTrain),
    fTest0: net.apply(params, xTest),
    kTestTrain: await kernel(xTest, xTrain, params),
  })
  const optimizer = gradientDescent(learningRate)
  const trained = await train({
    apply: net.apply,
    params,
    x: xTrain,
    y: yTrain,
    loss: total,
    optimizer,
    steps,
  })
  const network = net.apply(trained.params, xTest)
  return {
    width,
    start: (await kernelDistance(own, infinite)).relativeFrobenius,
    trained: lengthOf(sub(network, predicted)) / lengthOf(predicted),
    network: Array.from(network.dataSync()),
    predicted: Array.from(predicted.dataSync()),
  }
}

export const trainWidths: Job<WidthsSettings, WidthsResult> = async (settings, report) => {
  const rows: WidthRow[] = []
  const infinite = await kernelFn(networkOf(settings, 1))(xTrain, null, { get: 'ntk' })
  for (const width of widths) {
    const found: WidthRow[] = []
    for (let seed = 0; seed < settings.networks; seed++)
      found.push(await trainOne(settings, width, seed, infinite))
    const mean = (name: 'start' | 'trained'): number =>
      found.reduce((so, row) => so + row[name], 0) / found.length
    const [first] = found
    if (first) rows.push({ ...first, start: mean('start'), trained: mean('trained') })
    report({ rows: [...rows] })
  }
  return { rows }
}

import { gradientDescentMseEnsemble } from '@ntk/dynamics'
import { kernelFn } from '@ntk/kernels-analytic'
import { Erf, fullyConnected, Gelu, type Layer, Relu, Sin, Tanh } from '@ntk/stax'
import { linspace, reshape, tensor } from '@ntk/tensor'
import type { Job } from '../../worker/job.js'
import { gridSize, times } from './times.js'

/** Few, by name, so that the first demo loads the engine without all layers of the spec language. */
const activations: Readonly<Record<ActivationName, () => Layer>> = { Erf, Relu, Gelu, Sin, Tanh }

export type ActivationName = 'Erf' | 'Relu' | 'Gelu' | 'Sin' | 'Tanh'

export interface RegressionSettings {
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly activation: ActivationName
  /** Hidden layers. */
  readonly depth: number
  readonly wStd: number
  readonly bStd: number
  /** All weights are trained, or the readout alone. */
  readonly train: 'ntk' | 'nngp'
  /** Noise of the labels, as a multiple of the mean of the kernel's diagonal. */
  readonly diagReg: number
}

export interface RegressionResult {
  /** Mean and standard deviation over networks: a row for each of `times`, a column for each of `grid`. */
  readonly mean: readonly (readonly number[])[]
  readonly deviation: readonly (readonly number[])[]
}

function network({ activation, depth, wStd, bStd }: RegressionSettings): Layer {
  const widths = Array.from({ length: depth }, () => 512)
  return fullyConnected(widths, 1, { activation: () => activations[activation](), wStd, bStd })
}

export const regression: Job<RegressionSettings, RegressionResult> = async (settings) => {
  const x = tensor(settings.points.map(([at]) => [at]))
  const y = tensor(settings.points.map(([, label]) => [label]))
  const options = { loss: 'sum', diagReg: settings.diagReg } as const
  const predict = await gradientDescentMseEnsemble(kernelFn(network(settings)), x, y, options)
  const xTest = reshape(linspace(-1, 1, gridSize), [gridSize, 1])
  const { mean, covariance } = await predict({ get: settings.train, t: times, xTest })
  const [means, covariances] = [await mean.data(), await covariance.data()]
  return {
    mean: times.map((_, t) => Array.from(means.subarray(t * gridSize, (t + 1) * gridSize))),
    deviation: times.map((_, t) =>
      Array.from({ length: gridSize }, (_, i) =>
        Math.sqrt(covariances[(t * gridSize + i) * gridSize + i] ?? Number.NaN),
      ),
    ),
  }
}

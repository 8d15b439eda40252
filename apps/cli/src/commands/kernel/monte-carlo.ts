import { treeMap } from '@ntk/autodiff'
import { monteCarloKernelFn } from '@ntk/kernels-empirical'
import { constantFromData, foldIn, type Key, key, type Shape, type Tensor } from '@ntk/tensor'
import type { KernelConfig } from '../../config/kernel.js'
import type { Request } from '../../frame/command.js'
import { requireFinite, scaleDown } from '../../measures/finite.js'
import { requireMemory } from '../../measures/memory.js'
import { applyOf } from '../../networks/apply.js'
import { backendOf, freshParams } from '../../networks/device.js'
import { imageNeeds, matrixNeed, parameterNeed } from '../../networks/needs.js'
import { imageShapeOf } from '../../networks/samples.js'
import { networkSetting } from '../../networks/spec.js'
import { shortNumber } from '../../text/number.js'
import type { Inputs, Job } from './in-tiles.js'

/** Outputs of a network that a spec does not describe: each is one draw more. */
export const outputsOfDraws = 16

/** A kernel estimated from finite networks. */
export interface Estimated {
  readonly mean: Tensor
  /** Standard error of the mean, entry by entry. */
  readonly standardError: Tensor
  /** ‖standardError‖ / ‖mean‖. */
  readonly relativeError: number
  readonly draws: number
}

/** @throws NtkError `config` naming the setting that asks for more than there is */
export function requireDraws({ config, spec }: Pick<Job, 'config' | 'spec'>): void {
  const network = { spec, ...networkSetting(config.network), copies: 3 }
  // Mean, squares, a draw, and what a draw is made of.
  const matrices = [matrixNeed('data.train (--train)', config.data.train, 4)]
  requireMemory([
    ...(config.inputs === undefined ? [...imageNeeds({ ...config.data, test: 1 }), ...matrices] : []),
    parameterNeed(network, config.dtype, imageShapeOf(config.data.name)),
  ])
}

/** The mean of the kernels of `draws` networks at random parameters, with its standard error. */
export async function kernelByMonteCarlo(
  { config, net }: Job,
  draws: number,
  { x1, x2 }: Inputs,
  { progress, signal }: Request<KernelConfig>,
): Promise<Estimated> {
  const { get, tile, seed } = config
  const task = progress.task(`${get} of ${draws} networks`, draws)
  const there = await backendOf(config)
  const init = (drawKey: Key, shape: Shape): ReturnType<typeof freshParams> => {
    const { params, outputShape } = freshParams(config, net, drawKey, shape)
    return {
      params: treeMap((leaf: Tensor) => constantFromData(leaf.dataSync(), leaf.shape, there), params),
      outputShape,
    }
  }
  const kernelFn = monteCarloKernelFn(init, applyOf(net), { key: foldIn(key(seed), 1), samples: draws })
  const found = await kernelFn(x1, x2, { get, tile, onProgress: ({ done }) => task.update(done), signal })
  const estimate = found[get]
  await requireFinite(estimate.mean, `The mean ${get} of these networks`, scaleDown)
  task.done(`relative error ${shortNumber(estimate.relativeError)}`)
  return { ...estimate, draws: found.samples }
}

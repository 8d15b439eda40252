import type { KernelNet } from '@ntk/kernels-analytic'
import type { Tensor } from '@ntk/tensor'
import type { Factorization } from './algebra/factor.js'
import type { Noise } from './algebra/noise.js'
import { type Chosen, choose } from './choose/choose.js'
import type { ReadChooseOptions } from './choose/options.js'
import {
  type FitCall,
  isKernelNet,
  type KernelChoice,
  type KernelLike,
  type MakeKernel,
  sourceOf,
} from './kernel-source.js'
import { type Process, processOf } from './process.js'

/** How a process is fitted, whatever stands on it. */
export interface FitSetting {
  readonly net: KernelLike
  readonly get: KernelChoice
  readonly noise: Noise
  readonly factorization: Factorization
  /** null: hyperparameters are as given. */
  readonly choice: ReadChooseOptions | null
  readonly makeKernel: MakeKernel | undefined
}

export interface FittedProcess {
  readonly process: Process
  readonly chosen: Chosen | null
  /** The network, with what was chosen; a kernel function, or 'precomputed'. */
  readonly net: KernelLike
  /** The network that the estimator was made with. */
  readonly given: KernelNet | null
  /** Of 'precomputed' the kernel of the training set. */
  readonly kernel: Tensor | null
}

/** Conditions a process on samples x (or their kernel) and targets [n, outputs], with hyperparameters chosen where that is asked for. */
export async function fitProcess(
  setting: FitSetting,
  x: Tensor,
  targets: Tensor,
  call: FitCall,
): Promise<FittedProcess> {
  const { get, factorization, choice } = setting
  const given = setting.net === 'precomputed' ? null : setting.net
  const found =
    choice === null
      ? null
      : await choose({ net: given, get, x, y: targets, noise: setting.noise }, choice, call)
  const net = found === null ? given : found.net
  const noise = found === null ? setting.noise : { diagReg: found.chosen.diagReg, diagRegAbsolute: false }
  const source = net === null ? null : sourceOf(net, get, setting.makeKernel)
  const kernel = source === null ? x : await source.train(x, call)
  const process = await processOf(kernel, noise, {
    source,
    x: source === null ? null : x,
    targets,
    factorization,
  })
  return {
    process,
    chosen: found?.chosen ?? null,
    net: net ?? 'precomputed',
    given: isKernelNet(given) ? given : null,
    kernel: net === null ? kernel : null,
  }
}

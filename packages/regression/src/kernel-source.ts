import { type KernelNet, kernelFn, type OneNet } from '@ntk/kernels-analytic'
import { NtkError, slice, type Tensor } from '@ntk/tensor'
import { show } from '@ntk/tensor/options'
import { onHost, shapeError } from './algebra/host.js'

/** Which kernel of a network: the covariance of its outputs over random weights, or that of their gradients. */
export type KernelChoice = 'nngp' | 'ntk'

/** Progress of a kernel: pairs of samples. */
export interface KernelProgress {
  readonly done: number
  readonly total: number | null
}

/** What long work takes. */
export interface FitCall {
  /** Counts pairs of samples of the kernel that is being made. */
  readonly onProgress?: ((progress: KernelProgress) => void) | undefined
  /** Ends the work with NtkError 'aborted'. */
  readonly signal?: AbortSignal | undefined
}

/** What a kernel function is told beside its samples; `kernelFn(net)` of @ntk/kernels-analytic takes the same. */
export interface KernelCall extends FitCall {
  readonly get: KernelChoice
}

/** A kernel of one's own: [n1, n2] of samples x1 [n1, ...] and x2 [n2, ...], or with null of x1 with itself. */
export type KernelFunction = (x1: Tensor, x2: Tensor | null, call: KernelCall) => Tensor | Promise<Tensor>

/** How the kernel function of a network is made. */
export type MakeKernel = (net: KernelNet) => KernelFunction

/** What stands in place of a network: a layer, a kernel function, or 'precomputed' where kernels are handed in for samples. */
export type KernelLike = KernelNet | KernelFunction | 'precomputed'

/** Where the kernels of an estimator come from: all in float64 on the CPU, finite. */
export interface KernelSource {
  /** [n, n] of the training set. */
  train(x: Tensor, call: FitCall): Promise<Tensor>
  /** [m, n] of other samples with those of the training set. */
  across(x: Tensor, train: Tensor, call: FitCall): Promise<Tensor>
  /** [m], of each sample with itself. */
  variances(x: Tensor, call: FitCall): Promise<Float64Array>
}

export function isKernelNet(given: unknown): given is KernelNet {
  return typeof given === 'object' && given !== null && 'kernel' in given && Array.isArray(given.kernel)
}

/** Throws NtkError 'spec' on what is no network, function or 'precomputed'. */
export function requireKernelLike(given: unknown, name: string): asserts given is KernelLike {
  if (typeof given === 'function' || given === 'precomputed' || isKernelNet(given)) return
  throw new NtkError('spec', {
    what: `${name} needs a network (a layer of @ntk/stax), a kernel function (x1, x2) => k, or 'precomputed'.`,
    got: show(given),
    fix: Array.isArray(given) ? 'Build a spec with fromSpec.' : undefined,
  })
}

const plainKernel: MakeKernel = (net) => (x1, x2, call) => kernelFn(net as OneNet)(x1, x2, call)

/** The source of a network, by `kernelFn` unless another way is given, or of a kernel function. */
export function sourceOf(
  net: KernelNet | KernelFunction,
  get: KernelChoice,
  make: MakeKernel = plainKernel,
): KernelSource {
  const isNet = isKernelNet(net)
  const f: KernelFunction = isNet ? make(net) : net
  const owner = isNet ? 'The kernel of the network' : 'The kernel function'
  const ask = async (x1: Tensor, x2: Tensor | null, call: FitCall): Promise<Tensor> => {
    const k = await onHost(await f(x1, x2, { get, ...call }), owner)
    const [n, m] = [x1.shape[0] as number, (x2 ?? x1).shape[0] as number]
    if (k.shape.length === 2 && k.shape[0] === n && k.shape[1] === m) return k
    const fix = isNet
      ? 'Let it end in vectors: put Flatten() or GlobalAvgPool() at its end.'
      : 'Let it give k(x1, x2), and k(x1, x1) where x2 is null.'
    throw shapeError(`${owner} needs to give [${n}, ${m}] for ${n} and ${m} samples.`, k.shape, fix)
  }
  return {
    train: (x, call) => ask(x, null, call),
    across: ask,
    async variances(x, { signal }) {
      const m = x.shape[0] as number
      const out = new Float64Array(m)
      for (let start = 0; start < m; start += block) {
        const stop = Math.min(m, start + block)
        const k = (await ask(slice(x, [start, stop]), null, { signal })).dataSync()
        for (let i = start; i < stop; i++) out[i] = k[(i - start) * (stop - start + 1)] as number
      }
      return out
    },
  }
}

/** Samples whose kernel with each other is made for the sake of its diagonal: few beside a training set, and enough for what a call costs. */
const block = 32

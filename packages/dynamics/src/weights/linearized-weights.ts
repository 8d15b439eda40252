import { leafPaths, type Tree, treeFlatten, treeMap, treeUnflatten, vjp, vmap } from '@ntk/autodiff'
import {
  add,
  cast,
  isFloat,
  mul,
  NtkError,
  type Shape,
  sameShape,
  showShape,
  slice,
  type Tensor,
  tensorFromData,
  throwIfAborted,
  turnEvery,
} from '@ntk/tensor'
import {
  aFunction,
  aSignal,
  optional,
  positiveInteger,
  type RulesFor,
  readOptions,
  requireFunction,
  requireTensor,
  show,
} from '@ntk/tensor/options'
import { onHost } from '../host.js'
import { mixedRows, rowsMatter } from './rows-matter.js'

export interface LinearizedWeightsOptions {
  /**
   * Samples whose outputs are derived at once: bounds memory, for gradients hold on to what a network computes on the way. 256 unless given, or all where
   * outputs for a row depend on the rows beside it.
   */
  readonly chunk?: number | undefined
  /** η of each parameter by its path, as '[2].w': the rates that the kernel was made with, 0 for what is frozen; 1 unless given. */
  readonly rates?: ((path: string) => number) | undefined
  /** Counts samples. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const rules = {
  chunk: optional(positiveInteger()),
  rates: optional(aFunction<(path: string) => number>()),
  onProgress: optional(aFunction<NonNullable<LinearizedWeightsOptions['onProgress']>>()),
  signal: optional(aSignal()),
} satisfies RulesFor<LinearizedWeightsOptions>

/** Trees like the parameters; with a leading axis of times, where the representer has one. */
export interface LinearizedWeights<P extends Tree> {
  /** ω_t = θ_t − θ_0. */
  readonly omega: P
  /** θ_t = θ_0 + ω_t. */
  readonly params: P
}

const owner = 'linearizedWeights'
const usualChunk = 256

/**
 * The weights of a linearized network in training, ω_t = −J(X)ᵀ Θ⁻¹ (I − e^{−ηΘt}) (f_0 − y) (Lee et al. 2019, Equation 8), and of whatever
 * else moves outputs by a `representer` a: ω_t = J(X)ᵀ a, with a of `gradientDescentMse` (flow or steps, at any t, also at Infinity) or of
 * `gradientDescentSteps`, for the kernel of `apply` at `params` on `xTrain`.
 *
 * The representer is shaped like the outputs of `apply` on xTrain [n, ...], or [times, n, ...]. One gradient a chunk of samples and a time:
 * the Jacobian is never made. `linearizedModel` of @ntk/optim at `params` gives the predicted outputs; a kernel with `diagReg` gives those of its test
 * points, for the regularizer is in no weight.
 *
 * Errors: 'shape', 'dtype', 'not-finite', 'option', 'value' for a rate that is no number; 'unsupported' with a `chunk` where a network mixes rows; 'aborted'.
 */
export async function linearizedWeights<P extends Tree>(
  apply: (params: P, x: Tensor) => Tensor,
  params: P,
  xTrain: Tensor,
  representer: Tensor,
  options?: LinearizedWeightsOptions,
): Promise<LinearizedWeights<P>> {
  const { chunk, rates, onProgress, signal } = readOptions(owner, rules, options)
  requireFunction(apply, `apply of ${owner}`)
  requireTensor(xTrain, `xTrain of ${owner}`)
  const a = onHost(representer, 'The representer')
  const n = xTrain.shape[0] as number
  const f = (x: Tensor): Tensor => apply(params, x)
  const blocks = blocksOf(f, xTrain, chunk)
  const turn = turnEvery()
  let omega: P | null = null
  for (const [from, to] of blocks) {
    await turn()
    throwIfAborted(signal, owner, `${from} of ${n} samples`)
    const rows = blocks.length === 1 ? xTrain : slice(xTrain, [from, to])
    const [outputs, pullback] = vjp((p: P) => apply(p, rows), params)
    const cotangents = cotangentsOf(a, outputs, n, from, to)
    const back = (ct: Tensor): P => pullback(ct)[0]
    const part: P = sameShape(cotangents.shape, outputs.shape) ? back(cotangents) : vmap(back)(cotangents)
    omega = omega === null ? part : treeMap((u: Tensor, v: Tensor) => add(u, v), omega, part)
    onProgress?.({ done: to, total: n })
  }
  const moved = byRates(omega as P, rates)
  return {
    omega: moved,
    params: treeMap((p: Tensor, u: Tensor) => (isFloat(p.dtype) ? add(p, u) : p), params, moved),
  }
}

function blocksOf(
  f: (x: Tensor) => Tensor,
  x: Tensor,
  chunk: number | undefined,
): readonly (readonly [from: number, to: number])[] {
  const n = x.shape[0] ?? 0
  if (n === 0) throw new NtkError('shape', { what: `${owner} needs samples.`, got: showShape(x.shape) })
  const size = chunk ?? usualChunk
  if (size >= n) return [[0, n]]
  if (rowsMatter(f, x, size)) {
    if (chunk !== undefined) throw mixedRows(chunk)
    return [[0, n]]
  }
  return Array.from({ length: Math.ceil(n / size) }, (_, i) => [i * size, Math.min(n, (i + 1) * size)])
}

/** The representer of some samples as their outputs are, in dtype and place. */
function cotangentsOf(a: Tensor, outputs: Tensor, n: number, from: number, to: number): Tensor {
  const each = outputs.shape.slice(1)
  const whole: Shape = [n, ...each]
  const several = a.shape.length === whole.length + 1
  if (outputs.shape[0] !== to - from || !sameShape(several ? a.shape.slice(1) : a.shape, whole)) {
    throw new NtkError('shape', {
      what: `The representer needs the shape of the outputs, ${showShape(whole)}, or that behind an axis of times.`,
      got: showShape(a.shape),
      fix: 'Give the representer of a prediction with the kernel of this network.',
    })
  }
  const own = several ? slice(a, null, [from, to]) : slice(a, [from, to])
  const typed = cast(own, outputs.dtype)
  return outputs.backend === typed.backend
    ? typed
    : tensorFromData(typed.dataSync(), typed.shape, outputs.backend)
}

function byRates<P extends Tree>(omega: P, rates: ((path: string) => number) | undefined): P {
  if (rates === undefined) return omega
  const { leaves, treedef } = treeFlatten(omega)
  const paths = leafPaths(treedef)
  const scaled = leaves.map((leaf, i) => {
    const path = paths[i] as string
    const rate: unknown = rates(path)
    if (typeof rate !== 'number' || !(rate >= 0) || rate === Infinity) {
      throw new NtkError('value', {
        what: `The rate of ${path} needs a finite number >= 0.`,
        got: show(rate),
      })
    }
    return mul(leaf as Tensor, rate)
  })
  return treeUnflatten<P>(treedef, scaled)
}

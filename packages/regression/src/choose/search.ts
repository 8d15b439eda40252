import type { KernelNet } from '@ntk/kernels-analytic'
import { NtkError, type Tensor, take, throwIfAborted } from '@ntk/tensor'
import {
  boolean,
  either,
  listOf,
  nonNegative,
  oneOf,
  positiveInteger,
  type RulesFor,
  readOptions,
  show,
} from '@ntk/tensor/options'
import { choleskyFactor, type Factor } from '../algebra/factor.js'
import { type Gram, readGram } from '../algebra/gram.js'
import { scalingOf } from '../algebra/scaling.js'
import { type FitCall, isKernelNet, type KernelChoice } from '../kernel-source.js'
import { leftOut } from '../leave-one-out.js'
import { evidenceOf } from '../log-marginal-likelihood.js'
import { fitRules } from '../options.js'
import { trainingSamples } from '../samples.js'
import { readTask, type TaskOptions, taskRules } from '../validation/task.js'
import type { Criterion } from './criterion.js'
import { drawnRows } from './drawn-rows.js'
import { kernelsOf } from './on-the-way.js'

export interface SearchOptions extends TaskOptions, FitCall {
  /** 'marginal-likelihood' (the default): how probable all targets are; 'leave-one-out': each of them, given all others. */
  readonly by?: Criterion | undefined
  /** Which kernel, 'nngp' unless given; 'both' tries both. */
  readonly get?: KernelChoice | 'both' | undefined
  /** The variance of the noise as a multiple of the mean of the kernel's diagonal, or a list of them; 0 unless given. */
  readonly diagReg?: number | readonly number[] | undefined
  /** Whether `diagReg` is the variance itself; false unless given. */
  readonly diagRegAbsolute?: boolean | undefined
  /** How many samples of the training set are looked at, drawn at random and always the same, 500 unless given. */
  readonly samples?: number | undefined
}

const rules = {
  ...taskRules,
  ...fitRules,
  by: oneOf(['marginal-likelihood', 'leave-one-out'], 'marginal-likelihood'),
  get: oneOf(['nngp', 'ntk', 'both'], 'nngp'),
  diagReg: either(nonNegative(), listOf(nonNegative(), 'a list of numbers not below 0'), 0),
  diagRegAbsolute: boolean(false),
  samples: positiveInteger(500),
} satisfies RulesFor<SearchOptions>

/** A network with a kernel and a noise: what an estimator takes. */
export interface SearchPoint<N extends KernelNet = KernelNet> {
  readonly net: N
  /** Its place in the list. */
  readonly index: number
  readonly get: KernelChoice
  /** As it was given. */
  readonly diagReg: number
  /** The log likelihood of the samples that were looked at, over the number of their targets; −Infinity where the kernel is singular with that noise. */
  readonly value: number
}

export interface Search<N extends KernelNet = KernelNet> {
  /** All of them, network by network, kernel by kernel, noise by noise. */
  readonly points: readonly SearchPoint<N>[]
  /** The most likely, the first of several. */
  readonly best: SearchPoint<N>
  /** Kernels of the samples that were made: networks that lie on the way of a deeper one are in its. */
  readonly passes: number
  /** Samples that were looked at. */
  readonly samples: number
}

/**
 * The most likely of some networks, kernels and noises, where there is no gradient: depths, activations, architectures. A network that is
 * the beginning of another, as all depths of `serial(repeat(serial(Dense(1), Relu()), depth), Dense(1))` are of the deepest where readout and hidden layers have
 * the same standard deviations, costs nothing: kernels of both come from one pass. x and y are as of `fit`; integer labels make a classification.
 *
 * Throws NtkError 'option' on an empty list, 'spec' on what is no network, 'not-positive-definite' where no noise is enough for any of them; else as `fit`.
 */
export async function search<N extends KernelNet>(
  nets: readonly N[],
  x: Tensor,
  y: Tensor,
  options?: SearchOptions,
): Promise<Search<N>> {
  requireNets(nets)
  const read = readOptions('search', rules, options)
  const { by, get, diagRegAbsolute, onProgress, signal } = read
  const noises = typeof read.diagReg === 'number' ? [read.diagReg] : read.diagReg
  if (noises.length === 0) throw emptyList('a diagReg')
  const all = await trainingSamples(x, false, 'x of search')
  const n = all.shape[0] as number
  const { matrix } = await readTask(y, n, read, 'y of search')
  const rows = drawnRows(n, read.samples)
  const targets = take(scalingOf(matrix, read.standardize === true).forth(matrix), rows, 0)
  const kinds: readonly KernelChoice[] = get === 'both' ? ['nngp', 'ntk'] : [get]
  const { kernels, passes } = await kernelsOf(nets, kinds, take(all, rows, 0), { onProgress, signal })
  const points = nets.flatMap((net, index) =>
    kinds.flatMap((kind) => {
      throwIfAborted(signal, 'The search')
      const gram = readGram(kernels[index]?.[kind] as Tensor, 'The kernel of the training set')
      return noises.map((diagReg): SearchPoint<N> => {
        const value = likelihoodOf(gram, { diagReg, diagRegAbsolute }, targets, by)
        return { net, index, get: kind, diagReg, value }
      })
    }),
  )
  const best = points.reduce((a, b) => (b.value > a.value ? b : a))
  if (best.value === -Infinity) {
    throw new NtkError('not-positive-definite', {
      what: 'No kernel of search is positive definite with the noise that it was given.',
      got: `diagReg ${noises.join(', ')}`,
      fix: 'Give more noise: diagReg: [0.001, 0.01, 0.1].',
    })
  }
  return { points, best, passes, samples: rows.size }
}

/** Over the number of targets; −Infinity where there is none. */
function likelihoodOf(
  gram: Gram,
  noise: { readonly diagReg: number; readonly diagRegAbsolute: boolean },
  y: Tensor,
  by: Criterion,
): number {
  let factor: Factor
  try {
    factor = choleskyFactor(gram, noise)
  } catch (error) {
    if (NtkError.isInstance(error) && error.code === 'not-positive-definite') return -Infinity
    throw error
  }
  const value = by === 'marginal-likelihood' ? evidenceOf(factor, y) : leftOut(factor, y).logLikelihood
  return Number.isFinite(value) ? value / y.size : -Infinity
}

function requireNets(nets: readonly KernelNet[]): void {
  if (!Array.isArray(nets)) {
    throw new NtkError('value', {
      what: 'search needs a list of networks.',
      got: show(nets),
      fix: 'Write search([net1, net2], x, y).',
    })
  }
  if (nets.length === 0) throw emptyList('a network')
  nets.forEach((net: unknown, i) => {
    if (isKernelNet(net)) return
    throw new NtkError('spec', {
      what: 'search needs networks: layers of @ntk/stax.',
      got: `${show(net)} at ${i}`,
    })
  })
}

const emptyList = (what: string): NtkError =>
  new NtkError('option', { what: `search needs ${what} at least.`, got: '[]' })

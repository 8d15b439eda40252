import {
  type HyperparameterTree,
  hyperparameters,
  type KernelNet,
  withHyperparameters,
} from '@ntk/kernels-analytic'
import { NtkError, split, type Tensor, take, uniform } from '@ntk/tensor'
import { readGram } from '../algebra/gram.js'
import type { Noise } from '../algebra/noise.js'
import {
  type FitCall,
  isKernelNet,
  type KernelChoice,
  type KernelFunction,
  sourceOf,
} from '../kernel-source.js'
import { lbfgs, type Minimum } from '../optimize/lbfgs.js'
import type { Criterion } from './criterion.js'
import { drawnRows } from './drawn-rows.js'
import { type KernelFamily, kernelFamily } from './kernel-gradient.js'
import { objectiveOf } from './objective.js'
import type { ReadChooseOptions } from './options.js'
import { isStd, type Leaf, leavesOf, replaced } from './parameters.js'

/** What a search for hyperparameters found. */
export interface Chosen {
  /** The numbers of the network as `hyperparameters(net)` lays them out; null where there was no network. */
  readonly hyperparameters: HyperparameterTree | null
  /** The noise, as a multiple of the mean of the kernel's diagonal. */
  readonly diagReg: number
  readonly by: Criterion
  /** The log likelihood of the samples that were looked at, over the number of their targets: of the most likely start, and of what was found. */
  readonly start: number
  readonly value: number
  /** Samples that were looked at. */
  readonly samples: number
  readonly iterations: number
  /** Kernels that were made with their derivatives. */
  readonly evaluations: number
  /** Why the best search ended. */
  readonly because: Minimum['because']
}

export interface Choice {
  /** The network with the numbers that were found. */
  readonly net: KernelNet | KernelFunction | null
  readonly chosen: Chosen
}

export interface ChoiceTask {
  /** null: the kernel is given, and the noise alone is searched for. */
  readonly net: KernelNet | KernelFunction | null
  readonly get: KernelChoice
  /** Samples, or where `net` is null their kernel [n, n]. */
  readonly x: Tensor
  /** [n, outputs]. */
  readonly y: Tensor
  readonly noise: Noise
}

/** Noises that a search may start from: the most likely one is taken. */
const noises = [1e-6, 1e-4, 1e-2, 1e-1, 1]

/** How far from where it starts a standard deviation may go, and how far from there random starts are. */
const [reach, spread] = [30, 3]

/** The most likely standard deviations of a network's weights and biases, and the most likely noise, for targets. */
export async function choose(task: ChoiceTask, options: ReadChooseOptions, call: FitCall): Promise<Choice> {
  const { net, get, noise } = task
  const { x, y } = spreadOver(task, options.samples)
  const isNet = net !== null && isKernelNet(net)
  const tree = isNet ? hyperparameters(net) : []
  requireNames(options, tree)
  const leaves = leavesOf(tree).filter((leaf) => isStd(leaf) && !options.fixed.includes(leaf.name))
  const family: KernelFamily = isNet
    ? kernelFamily(net, get, x, leaves, call)
    : givenFamily(net === null ? x : await sourceOf(net, get).train(x, call))
  const origin = leaves.map(({ value }) => Math.log(value))
  const { scale } = readGram(await family.kernel(new Map()), 'The kernel of the training set')
  const given = noise.diagRegAbsolute ? noise.diagReg / scale : noise.diagReg
  const fixedNoise = options.fixed.includes('diagReg') ? given : null
  const objective = objectiveOf({ family, leaves, y, by: options.by, fixedNoise })
  const { lower, upper } = boundsOf(leaves, options)
  const within = (p: readonly number[]): Float64Array =>
    Float64Array.from(p, (v, i) => Math.min(upper[i] as number, Math.max(lower[i] as number, v)))

  let best: Minimum | null = null
  let [start, evaluations] = [-Infinity, 0]
  for (const place of [origin, ...randomPlaces(origin, options)]) {
    const tried = fixedNoise === null ? (given > 0 ? [given, ...noises] : noises) : [fixedNoise]
    const values = await objective.values(within(place), tried)
    const at = values.indexOf(Math.min(...values))
    if (values[at] === Infinity) continue
    start = Math.max(start, -(values[at] as number))
    const p = fixedNoise === null ? [...place, Math.log(tried[at] as number)] : place
    const found = await lbfgs(objective.evaluate, within(p), {
      lower,
      upper,
      iterations: options.iterations,
      tolerance: 1e-5,
      relative: 1e-8,
    })
    evaluations += found.evaluations
    if (best === null || found.value < best.value) best = found
  }
  if (best === null) throw nowhere()
  const found = isNet ? replaced<number>(tree, objective.numbers(best.x)) : null
  return {
    net: isNet && found !== null ? withHyperparameters(net, found) : net,
    chosen: {
      hyperparameters: found,
      diagReg: objective.noise(best.x),
      by: options.by,
      start,
      value: -best.value,
      samples: y.shape[0] as number,
      iterations: best.iterations,
      evaluations,
      because: best.because,
    },
  }
}

/** A kernel that no number changes. */
function givenFamily(kernel: Tensor): KernelFamily {
  return { kernel: async () => kernel, pullBack: async () => new Float64Array(0) }
}

/** As many samples as are looked at, from the whole training set. */
function spreadOver({ net, x, y }: ChoiceTask, samples: number): { x: Tensor; y: Tensor } {
  const n = y.shape[0] as number
  if (n <= samples) return { x, y }
  const rows = drawnRows(n, samples)
  const some = take(x, rows, 0)
  return { x: net === null ? take(some, rows, 1) : some, y: take(y, rows, 0) }
}

/** Throws NtkError 'option' on a name in `fixed` or `bounds` that nothing has. */
function requireNames({ fixed, bounds }: ReadChooseOptions, tree: HyperparameterTree): void {
  const known = new Set([
    'diagReg',
    ...leavesOf(tree)
      .filter(isStd)
      .map(({ name }) => name),
  ])
  const unknown = [...fixed, ...Object.keys(bounds)].find((name) => !known.has(name))
  if (unknown === undefined) return
  throw new NtkError('option', {
    what: `choose finds numbers named ${[...known].join(', ')}.`,
    got: `"${unknown}" in fixed or bounds`,
  })
}

function boundsOf(
  leaves: readonly Leaf[],
  { bounds }: ReadChooseOptions,
): { lower: number[]; upper: number[] } {
  const pairs = leaves.map(({ name, value }) => bounds[name] ?? [value / reach, value * reach])
  pairs.push(bounds.diagReg ?? [1e-8, 100])
  return { lower: pairs.map(([low]) => Math.log(low)), upper: pairs.map(([, high]) => Math.log(high)) }
}

function randomPlaces(origin: readonly number[], { restarts, key }: ReadChooseOptions): number[][] {
  if (key === undefined || restarts === 0) return []
  const by = Math.log(spread)
  return split(key, restarts).map((own) => {
    const moves = uniform(own, [origin.length], { min: -by, max: by }).dataSync()
    return origin.map((v, i) => v + (moves[i] as number))
  })
}

const nowhere = (): NtkError =>
  new NtkError('no-convergence', {
    what: 'No noise gives the kernel of these samples a likelihood to start from.',
    fix: 'Look for samples or targets of extreme size; standardize: true scales targets.',
  })

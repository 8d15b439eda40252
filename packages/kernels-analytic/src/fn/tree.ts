import {
  type FloatDType,
  NtkError,
  sameShape,
  showShape,
  type Tensor,
  throwIfAborted,
  turnEvery,
} from '@ntk/tensor'
import { type Job, jobArray, jobValue, planTiles, type Wait, walkTiles } from '@ntk/tiles'
import { evaluateRuns } from '../evaluate/runs.js'
import { evaluateTree, inputLeaf, structureAfter } from '../evaluate/tree.js'
import type { Kernel } from '../kernel.js'
import { chains, layoutAtEnd, layoutBefore, mixesSamples } from '../steps/chain.js'
import { withoutNames } from '../steps/names.js'
import { elementsOf } from '../steps/rule.js'
import type { KernelStep } from '../steps/step.js'
import { isBranches, leavesOf, mapTree, type Tree, zipTrees } from '../tree.js'
import { checkInput, readInput } from './input.js'
import type { KernelNames, KernelResult, ReadKernelOptions } from './options.js'
import { tensorsAt } from './results.js'
import { type Inputs, resultOf, type TileSources, tileKernel } from './source.js'
import { generalTiles, wholeTile } from './tiles.js'
import { refuseOfTrees } from './tree-limits.js'

/** Throws NtkError unless all inputs are sets of as many samples, of one dtype, on one backend. */
function checkLeaves(x: Tree<Tensor>, name: string, as: Tensor): void {
  let n: number | undefined
  mapTree(x, (leaf, path) => {
    const what = path === '' ? name : `${name}[${path.replaceAll('.', '][')}]`
    checkInput(leaf, what)
    n ??= leaf.shape[0] as number
    if (leaf.shape[0] !== n) {
      throw new NtkError('shape', {
        what: `A kernel needs as many samples in all inputs of ${name}.`,
        got: `${leaf.shape[0]} in ${what}, where the first has ${n}`,
      })
    }
    if (leaf.dtype !== as.dtype || leaf.backend !== as.backend) {
      throw new NtkError(leaf.dtype === as.dtype ? 'backend' : 'dtype', {
        what: 'A kernel needs inputs of one dtype on one backend.',
        got: `${as.dtype} on ${as.backend.name}, and ${what} ${leaf.dtype} on ${leaf.backend.name}`,
      })
    }
  })
}

/** The leaves of two trees that belong together. Throws NtkError 'shape' where they have other features. */
function pairLeaves(
  x1: Tree<Tensor>,
  x2: Tree<Tensor>,
): readonly { readonly a: Tensor; readonly b: Tensor }[] {
  const pairs = leavesOf(zipTrees('A kernel', x1, x2))
  for (const { a, b } of pairs) {
    if (sameShape(a.shape.slice(1), b.shape.slice(1))) continue
    throw new NtkError('shape', {
      what: 'A kernel needs x1 and x2 with the same features.',
      got: `${showShape(a.shape)} and ${showShape(b.shape)}`,
    })
  }
  return pairs
}

/** `kernelFn` of a network that takes a tree of inputs or gives a tree of values: what it gives is one of results. */
export async function treeKernels(
  own: readonly KernelStep[],
  x1: Tree<Tensor>,
  x2: Tree<Tensor> | null,
  options: ReadKernelOptions,
  wait: Wait,
): Promise<Tree<KernelResult<KernelNames>>> {
  const { names, at, tile: wanted, get, maskConstant, pattern1, pattern2, ...call } = options
  refuseOfTrees(own, {
    at: at !== undefined,
    sink: call.sink !== undefined,
    'pattern1 or pattern2': pattern1 !== null || pattern2 !== null,
  })
  const [sample] = leavesOf(x1)
  if (sample === undefined) {
    throw new NtkError('value', { what: 'A kernel needs inputs.', got: 'an empty list' })
  }
  checkInput(sample, isBranches(x1) ? 'the first input' : 'x1')
  checkLeaves(x1, 'x1', sample)
  if (x2 !== null) checkLeaves(x2, 'x2', sample)
  const pairs = pairLeaves(x1, x2 ?? x1)
  const steps = withoutNames(own)
  const paths = mapTree(
    structureAfter(
      steps,
      mapTree(x1, () => null),
    ),
    (_, path) => path,
  )
  const full = layoutBefore(steps, layoutAtEnd(steps))
  const sets: Inputs[] = []
  for (const { a, b } of pairs) {
    const layout = a.shape.length === 2 ? 'vector' : full
    const first = await wait(readInput(a, 'x1', layout, maskConstant))
    const second = x2 === null ? first : await wait(readInput(b, 'x2', layout, maskConstant))
    sets.push({ x1: first, x2: second, backend: a.backend })
  }
  const inputs = sets[0] as Inputs
  const ntk = names.includes('ntk')
  const breathe = turnEvery()
  const source: TileSources = async (tile, later) => {
    const kernels: Kernel[] = []
    for (const set of sets) {
      await later(breathe())
      throwIfAborted(call.signal, 'The kernel')
      kernels.push(inputLeaf(await later(tileKernel(set, tile, ntk, later))))
    }
    let i = 0
    const start = mapTree(x1, () => kernels[i++] as Kernel)
    const along = (piece: readonly KernelStep[], kernel: Kernel): Kernel =>
      evaluateRuns(piece, [kernel])[0] as Kernel
    return leavesOf(evaluateTree(steps, start, along, chains)).map(resultOf)
  }
  const elements = pairs.reduce((total, { a }) => total + elementsOf(a.shape, full), 0)
  const side = wanted ?? Math.max(1, Math.min(256, Math.floor(Math.sqrt(2 ** 18 / elements))))
  const sizes = { n1: inputs.x1.n, n2: inputs.x2.n, symmetric: x2 === null }
  const whole = mixesSamples(steps) ? wholeTile(inputs) : undefined
  const tiled = planTiles({ ...sizes, tile: { rows: side, cols: side } })
  const places = isBranches(paths) ? leavesOf(paths) : null
  const wantedOf = { names, at: places, dtype: sample.dtype as FloatDType }
  const { arrays, compute, n1, n2 } = await wait(
    generalTiles(source, inputs, wantedOf, whole ?? tiled.tiles[0]),
  )
  const plan = whole === undefined ? tiled : planTiles({ ...sizes, n1, n2, tile: { rows: n1, cols: n2 } })
  const { onProgress, signal } = call
  const job = async (): Promise<Job> => ({
    kernel: 'infinite width',
    network: jobValue(own, 'a step of the network'),
    x1: await Promise.all(pairs.map(({ a }) => jobArray(a))),
    x2: x2 === null ? null : await Promise.all(pairs.map(({ b }) => jobArray(b))),
    maskConstant: maskConstant === undefined ? undefined : jobValue(maskConstant, 'maskConstant'),
  })
  const walk = { job, onProgress, signal, what: 'The kernel', plan, arrays, compute }
  const result = await wait(walkTiles(walk))
  const gotten = (place: string | null): Promise<KernelResult<KernelNames>> =>
    tensorsAt(result, place, get, sample.backend, wait)
  if (places === null) return gotten(null)
  const found: { [path: string]: KernelResult<KernelNames> } = {}
  for (const path of places) found[path] = await gotten(path)
  return mapTree(paths, (path) => found[path] as KernelResult<KernelNames>)
}

import { describe, kernelFn } from '@ntk/kernels-analytic'
import { type MonteCarloEstimates, monteCarloKernelFn } from '@ntk/kernels-empirical'
import { fromSpec, type Spec } from '@ntk/stax'
import { key, NtkError, normal, type Tensor } from '@ntk/tensor'
import type { Job } from '../../worker/job.js'

export interface PlaygroundSettings {
  /** A network in the spec language, as JSON. */
  readonly spec: string
  /** What goes in, without the batch: [features], or [height, width, channels]. */
  readonly shape: readonly number[]
  /** Draws of the finite network. */
  readonly draws: number
}

/** One layer of the description. */
export interface LayerRow {
  readonly name: string
  readonly shape: string
  readonly needs: string
  /** Operations for one pair of samples. */
  readonly operations: number
}

/** Beside the exact kernel, the mean over random networks of the widths in the spec, and how far both are apart. */
export interface MonteCarloCheck {
  readonly draws: number
  readonly ntk: readonly number[]
  /** Largest difference of an entry, in standard errors of the mean. */
  readonly largest: number
  /** ‖difference‖ / ‖kernel‖. */
  readonly relative: number
}

export interface PlaygroundResult {
  readonly layers: readonly LayerRow[]
  readonly way: string
  readonly operations: number
  readonly bytes: number
  /** [samples, samples], row by row. */
  readonly nngp: readonly number[]
  readonly ntk: readonly number[]
  /** Null until there are two draws. */
  readonly check: MonteCarloCheck | null
}

export const samples = 5
/** What a page may take: a few seconds and a part of a phone's memory. */
const [mostOperations, mostBytes, mostParameters] = [2e10, 3e8, 3e6]

function parse(spec: string): Spec {
  try {
    return JSON.parse(spec) as Spec
  } catch (error) {
    throw new NtkError('spec', {
      what: 'A spec is JSON: ["Name", { options }, child, ...].',
      got: error instanceof Error ? error.message : String(error),
      fix: 'Write names and strings in double quotes, and no comma behind the last entry.',
    })
  }
}

function tooLarge(what: string, got: string): NtkError {
  return new NtkError('value', {
    what: `This page computes ${what}.`,
    got,
    fix: 'Take a smaller network here, or copy the program and run it in Node.',
  })
}

/** Numbers in the parameters of a tree. */
function countOf(tree: unknown): number {
  if (typeof tree !== 'object' || tree === null) return 0
  if ('dtype' in tree && 'size' in tree && typeof tree.size === 'number') return tree.size
  return Object.values(tree).reduce<number>((sum, child) => sum + countOf(child), 0)
}

async function checkOf(
  { ntk, samples: draws }: MonteCarloEstimates,
  exact: ArrayLike<number>,
): Promise<MonteCarloCheck> {
  const [mean, error] = await Promise.all([ntk.mean.data(), ntk.standardError.data()])
  const differences = Array.from(exact, (value, i) => (mean[i] ?? Number.NaN) - value)
  const length = (values: readonly number[]): number => Math.hypot(...values)
  return {
    draws,
    ntk: Array.from(mean),
    largest: Math.max(...differences.map((d, i) => Math.abs(d) / (error[i] ?? Number.NaN))),
    relative: length(differences) / length(Array.from(exact)),
  }
}

export const playground: Job<PlaygroundSettings, PlaygroundResult> = async (
  { spec, shape, draws },
  report,
) => {
  const net = fromSpec(parse(spec))
  const x: Tensor = normal(key(0), [samples, ...shape])
  const { layers, way, operations, memory } = describe(net, [-1, ...shape], { n1: samples })
  const bytes = memory.total
  if (operations > mostOperations)
    throw tooLarge(`kernels of up to ${mostOperations} operations`, `${operations}`)
  if (bytes > mostBytes) throw tooLarge(`kernels of up to ${mostBytes} bytes`, `${bytes}`)
  const { nngp, ntk } = await kernelFn(net)(x)
  const exact = await ntk.data()
  const known: PlaygroundResult = {
    layers: layers.map(({ name, shapes, needs, operations: each }) => ({
      name,
      shape: shapes.map((s) => `[${s.map((d) => (d === -1 ? 'n' : d)).join(', ')}]`).join(' '),
      needs,
      operations: each,
    })),
    way,
    operations,
    bytes,
    nngp: Array.from(await nngp.data()),
    ntk: Array.from(exact),
    check: null,
  }
  report(known)
  if (draws === 0) return known
  const { params } = net.init(key(1), [-1, ...shape])
  const count = countOf(params)
  if (count > mostParameters) throw tooLarge(`networks of up to ${mostParameters} parameters`, `${count}`)
  const estimate = monteCarloKernelFn(net.init, net.apply, { key: key(1), samples: draws })
  let told = 0
  const pending: Promise<void>[] = []
  const estimates = await estimate(x, null, {
    onProgress: ({ done, estimates: soFar }) => {
      if (done < 2 || done === draws || Date.now() - told < 100) return
      told = Date.now()
      pending.push(checkOf(soFar(), exact).then((check) => report({ ...known, check })))
    },
  })
  await Promise.all(pending)
  return { ...known, check: draws < 2 ? null : await checkOf(estimates, exact) }
}

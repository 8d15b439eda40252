import { trace, vmap } from '@ntk/autodiff'
import { expandDims, requireFloat, reshape, type Shape, type Tensor, transpose } from '@ntk/tensor'
import { readOptions, requireFunction } from '@ntk/tensor/options'
import type { Job, TiledResult } from '@ntk/tiles'
import { analyse } from './analysis/flow.js'
import { checkOutput, checkSamples } from './checks.js'
import { chooseEngine, countable, countCosts } from './choose.js'
import type { Engine, SetUp, Task } from './engine.js'
import { jobOf } from './job.js'
import { type OutputLayout, outputLayout } from './layout/axes.js'
import { nngpTask } from './nngp.js'
import {
  type CallOptions,
  type CallSinkOptions,
  callRules,
  type EmpiricalFn,
  type Implementation,
  type NtkOptions,
  ntkRules,
} from './options.js'
import { type Apply, type Chosen, chooseParameters, type ParamsOf } from './parameters.js'
import { rowsMatter } from './sample-count.js'
import { type EngineTask, type Walk, walkEngines } from './walk.js'

/** As f, each row on its own: what other rows do cannot matter. */
function rowByRow(f: Chosen['f']): Chosen['f'] {
  return (leaves, x) =>
    vmap((row: Tensor) => {
      const y = f(leaves, expandDims(row, 0))
      return reshape(y, y.shape.slice(1))
    })(x)
}

/** Checks the arguments, records the network, and reads off what can be known before anything is run. */
export function setUp(
  name: string,
  apply: Apply,
  o: NtkOptions,
  x1: Tensor,
  x2: Tensor | null,
  params: unknown,
  partition: (paths: readonly string[]) => readonly number[],
): SetUp {
  checkSamples(name, x1, x2)
  const chosen = chooseParameters(apply, params, o.parameters)
  const f = o.vmapAxes === 0 ? rowByRow(chosen.f) : chosen.f
  const program = trace((leaves: readonly Tensor[], x: Tensor) => f(leaves, x), [...chosen.leaves], x1)
  const output = program.outputs[0] as { readonly shape: Shape; readonly dtype: Tensor['dtype'] }
  checkOutput(name, output.shape, x1.shape[0] as number)
  const flow = analyse(program, o.vmapAxes === null)
  const partOf = partition(chosen.paths)
  const task: Task = {
    f,
    leaves: chosen.leaves,
    partOf,
    parts: 1 + Math.max(...partOf),
    layout: outputLayout(output.shape, o),
    independent: flow.independent,
    maxNumbers: 0,
  }
  return { task, program, flow, dtype: requireFloat(name, output.dtype), paths: chosen.paths }
}

/**
 * As `setUp`, and the rows of a side are one sample where it turns out that their number matters, as they are where they mix: then all
 * implementations see all rows of a side at once, and agree.
 */
export async function setUpChecked(...args: Parameters<typeof setUp>): Promise<SetUp> {
  const found = setUp(...args)
  const [name, apply, o, x1, x2, ...others] = args
  if (o.vmapAxes !== undefined || !found.task.independent) return found
  const { f, leaves } = found.task
  if (!(await rowsMatter((x) => f(leaves, x), x1, x2 ?? null))) return found
  return setUp(name, apply, { ...o, vmapAxes: null }, x1, x2, ...others)
}

/** The NTK as a task of the walk over pairs, a name for each part of the parameters, with the rows of its tiles. */
export function ntkTask<N extends string>(
  s: SetUp,
  o: NtkOptions,
  x1: Tensor,
  x2: Tensor | null,
  names: readonly N[],
  tile: number | undefined,
): { readonly task: EngineTask<N>; readonly size: number } {
  const { layout, independent } = s.task
  const { engine, size, keep } = chooseEngine(s, x1, x2, o, tile)
  return {
    task: {
      what: 'The empirical NTK',
      names,
      engine: independent ? engine : splitSamples(engine, layout, x1, x2),
      x1,
      x2,
      layout,
      dtype: s.dtype,
      keep,
      splits: independent,
    },
    size,
  }
}

/** The NTK, and the NNGP kernel beside it if wanted. */
export async function walkNtk<A extends Apply>(
  name: string,
  apply: A,
  o: NtkOptions,
  params: ParamsOf<A>,
  { x1, x2, tile, call, nngp }: Walk & { readonly nngp: boolean },
): Promise<TiledResult<'nngp' | 'ntk'>> {
  const s = await setUpChecked(name, apply, o, x1, x2, params, together)
  const { task, size } = ntkTask(s, o, x1, x2, ['ntk'] as const, tile)
  const beside = nngp ? [await nngpTask(name, (x) => apply(params, x), x1, x2, o, tile)] : []
  return walkEngines<'nngp' | 'ntk'>({
    ...call,
    what: nngp ? 'The empirical kernels' : task.what,
    tasks: [...beside, task],
    size,
    job: () => ntkJob(nngp ? 'empirical NNGP and NTK' : 'empirical NTK', s, o, x1, x2),
  })
}

/** All parameters in one part. */
const together = (paths: readonly string[]): number[] => paths.map(() => 0)

/** Blocks [d, (n, f), 1, (m, f'), 1] of sides that are one sample each, as [d, f, n, f', m]. */
function splitSamples<S>(
  engine: Engine<S>,
  { diagonal, free }: OutputLayout,
  x1: Tensor,
  x2: Tensor | null,
): Engine<S> {
  const [n, m] = [x1.shape[0] as number, (x2 ?? x1).shape[0] as number]
  return {
    prepare: engine.prepare,
    async block(left, right, pause) {
      const blocks = await pause(engine.block(left, right, pause))
      return blocks.map((block) => transpose(reshape(block, [diagonal, n, free, m, free]), [0, 2, 1, 4, 3]))
    },
  }
}

/**
 * The empirical neural tangent kernel of a network at its parameters, Θ = J(x1) J(x2)ᵀ (Jacot et al. 2018; Lee et al. 2019,
 * Equation 4). For outputs [n, k] the result is [n1, n2, k, k']; of output axes [n, k, l] it is [n1, n2, k, k', l, l']; axes in
 * `traceAxes` are averaged over equal entries, axes in `diagonalAxes` kept once. float64 or float32, as the outputs are.
 *
 * Throws 'axis' on axes that do not exist, 'shape' where sides or parameters do not fit, 'not-finite' on NaN,
 * 'option' on bad numbers, 'aborted' when the signal fires, and 'unsupported' where the implementation asked for
 * cannot do the function.
 */
export function empiricalNtkFn<A extends Apply>(
  apply: A,
  options: NtkOptions = {},
): EmpiricalFn<ParamsOf<A>, 'ntk'> {
  const name = 'empiricalNtkFn'
  requireFunction(apply, `apply of ${name}`)
  const o = readOptions(name, ntkRules, options)
  const run = async (
    x1: Tensor,
    x2: Tensor | null = null,
    params: ParamsOf<A>,
    given: CallOptions | CallSinkOptions | undefined,
  ): Promise<Tensor | TiledResult<'nngp' | 'ntk'>> => {
    const { tile, ...call } = readOptions(name, callRules, given)
    const result = await walkNtk(name, apply, o, params, { x1, x2, tile, call, nngp: false })
    return call.sink === undefined ? result.toTensor('ntk') : result
  }
  return run as EmpiricalFn<ParamsOf<A>, 'ntk'>
}

/** What a kernel of this setup depends on. */
export function ntkJob(
  kernel: string,
  { program, task }: SetUp,
  options: NtkOptions & { readonly names?: readonly string[] },
  x1: Tensor,
  x2: Tensor | null,
): Promise<Job> {
  return jobOf({ kernel, program, params: task.leaves, x1, x2, options })
}

/** Counted operations of each implementation, and which one 'auto' takes. */
export interface NtkCost {
  readonly flops: Readonly<Record<Exclude<Implementation, 'auto'>, number>>
  readonly cheapest: Exclude<Implementation, 'auto'>
}

/**
 * What `empiricalNtkFn` with the same arguments would cost, counted from shapes without running it; Infinity where an
 * implementation cannot do the function.
 */
export function empiricalNtkCostFn<A extends Apply>(
  apply: A,
  options: NtkOptions = {},
): (x1: Tensor, x2: Tensor | null | undefined, params: ParamsOf<A>) => NtkCost {
  requireFunction(apply, 'apply of empiricalNtkCostFn')
  const o = readOptions('empiricalNtkCostFn', ntkRules, options)
  return (x1, x2 = null, params) => {
    checkSamples('empiricalNtkCostFn', x1, x2)
    const rows = [x1.shape[0] ?? 0, (x2 ?? x1).shape[0] ?? 0] as const
    const costs = countCosts(
      setUp('empiricalNtkCostFn', apply, o, x1, x2, params, together),
      rows,
      x2 === null,
    )
    const flops = {
      'structured-derivatives': countable(costs['structured-derivatives'])?.flops ?? Number.POSITIVE_INFINITY,
      'jacobian-contraction': costs['jacobian-contraction']().flops,
      'ntk-vector-products': costs['ntk-vector-products']().flops,
    }
    const names = Object.keys(flops) as (keyof typeof flops)[]
    return { flops, cheapest: names.reduce((a, b) => (flops[b] < flops[a] ? b : a)) }
  }
}

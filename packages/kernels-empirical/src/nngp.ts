import { trace } from '@ntk/autodiff'
import {
  concatenate,
  constantFromData,
  dotGeneral,
  requireFloat,
  reshape,
  slice,
  type Tensor,
  take,
  transpose,
} from '@ntk/tensor'
import { readOptions, requireFunction } from '@ntk/tensor/options'
import type { Job, TiledResult } from '@ntk/tiles'
import { checkOutput, checkSamples } from './checks.js'
import type { Engine } from './engine.js'
import { jobOf } from './job.js'
import { type OutputLayout, outputLayout } from './layout/axes.js'
import {
  type CallOptions,
  type CallSinkOptions,
  callRules,
  type EmpiricalFn,
  type EmpiricalOptions,
  empiricalRules,
} from './options.js'
import { type Apply, chooseParameters, type ParamsOf } from './parameters.js'
import { rowsMatter } from './sample-count.js'
import { type EngineTask, type Walk, walkEngines } from './walk.js'

/** Outputs [n, k...] as [diagonal, n, free, trace], and products of them over traced entries. */
function outputProducts({ diagonal, trace, free, order }: OutputLayout): Engine<Tensor> {
  const perm = constantFromData(order.slice(), [order.length])
  return {
    prepare(y) {
      const n = y.shape[0] as number
      const entries = take(reshape(y, [n, order.length]), perm, 1)
      return transpose(reshape(entries, [n, diagonal, trace, free]), [1, 0, 3, 2])
    },
    block: (left, right) => [
      transpose(
        dotGeneral(left, right, { lhsContract: [3], rhsContract: [3], lhsBatch: [0], rhsBatch: [0] }),
        [0, 2, 1, 4, 3],
      ),
    ],
  }
}

/** The outputs of a network, `tile` rows at a time where that is given. */
function outputsOf(name: string, apply: (x: Tensor) => Tensor, x: Tensor, tile: number | undefined): Tensor {
  const rows = x.shape[0] as number
  const step = tile ?? rows
  const parts: Tensor[] = []
  for (let start = 0; start < rows; start += step) {
    parts.push(apply(slice(x, [start, Math.min(rows, start + step)])))
  }
  const y = concatenate(parts)
  checkOutput(name, y.shape, rows)
  return y
}

/** The NNGP kernel as a task of the walk over pairs. */
export async function nngpTask(
  name: string,
  apply: (x: Tensor) => Tensor,
  x1: Tensor,
  x2: Tensor | null,
  options: EmpiricalOptions,
  tile: number | undefined,
): Promise<EngineTask<'nngp'>> {
  // In one go where a row's output depends on the rows beside it, so that tiles never change the result.
  const step = tile !== undefined && (await rowsMatter(apply, x1, x2)) ? undefined : tile
  const y1 = outputsOf(name, apply, x1, step)
  const layout = outputLayout(y1.shape, options)
  return {
    what: 'The empirical NNGP kernel',
    names: ['nngp'],
    engine: outputProducts(layout) as Engine<unknown>,
    x1: y1,
    x2: x2 === null ? null : outputsOf(name, apply, x2, step),
    layout,
    dtype: requireFloat(name, y1.dtype),
    keep: 2,
    splits: true,
  }
}

/** Rows of a tile of products of outputs. */
const nngpTile = 1024

/** The NNGP kernel alone. */
export async function walkNngp<A extends Apply>(
  name: string,
  apply: A,
  options: EmpiricalOptions,
  params: ParamsOf<A>,
  { x1, x2, tile, call }: Walk,
): Promise<TiledResult<'nngp'>> {
  checkSamples(name, x1, x2)
  const task = await nngpTask(name, (x) => apply(params, x), x1, x2, options, tile)
  const job = (): Promise<Job> => {
    const { f, leaves } = chooseParameters(apply, params)
    const program = trace((ps: readonly Tensor[], x: Tensor) => f(ps, x), [...leaves], x1)
    return jobOf({ kernel: 'empirical NNGP', program, params: leaves, x1, x2, options })
  }
  return walkEngines({ ...call, what: task.what, tasks: [task], size: tile ?? nngpTile, job })
}

/**
 * The empirical NNGP kernel of a network at its parameters, f(x1) f(x2)ᵀ, laid out as `empiricalNtkFn` does: for outputs
 * [n, k] it is [n1, n2, k, k'] of products of single outputs, and with `traceAxes: [-1]` the [n1, n2] mean of f_k f_k' over k = k',
 * whose expectation over parameters is the infinite network's. Rows may mix in f (batch normalization).
 */
export function empiricalNngpFn<A extends Apply>(
  apply: A,
  options: EmpiricalOptions = {},
): EmpiricalFn<ParamsOf<A>, 'nngp'> {
  const name = 'empiricalNngpFn'
  requireFunction(apply, `apply of ${name}`)
  const o = readOptions(name, empiricalRules, options)
  const run = async (
    x1: Tensor,
    x2: Tensor | null = null,
    params: ParamsOf<A>,
    given: CallOptions | CallSinkOptions | undefined,
  ): Promise<Tensor | TiledResult<'nngp'>> => {
    const { tile, ...call } = readOptions(name, callRules, given)
    const result = await walkNngp(name, apply, o, params, { x1, x2, tile, call })
    return call.sink === undefined ? result.toTensor('nngp') : result
  }
  return run as EmpiricalFn<ParamsOf<A>, 'nngp'>
}

import { trace, vmap } from '@ntk/autodiff'
import {
  expandDims,
  NtkError,
  requireFloat,
  reshape,
  type Shape,
  sameShape,
  showShape,
  slice,
  type Tensor,
  transpose,
  zeros,
} from '@ntk/tensor'
import { analyse } from './analysis/flow.js'
import { blocked } from './blocked.js'
import { chooseEngine } from './choose.js'
import type { Engine, Task } from './engine.js'
import { type OutputLayout, outputLayout } from './layout/axes.js'
import type { CallOptions, NtkOptions } from './options.js'
import { type Apply, type Chosen, chooseParameters } from './parameters.js'

/** Samples x1 [n1, ...] and x2 [n2, ...] (null: x1 again, and one triangle only), parameters, and how to run. */
export type NtkFn<P> = (x1: Tensor, x2: Tensor | null, params: P, options?: CallOptions) => Promise<Tensor>

export function checkSamples(name: string, x1: Tensor, x2: Tensor | null): void {
  const [n] = x1.shape
  if (n === undefined || n === 0 || x2?.shape[0] === 0) {
    throw new NtkError('shape', {
      what: `${name} needs at least one sample along axis 0 of each side.`,
      got: showShape(n === 0 || x2 === null ? x1.shape : x2.shape),
    })
  }
  if (x2 !== null && (x2.dtype !== x1.dtype || !sameShape(x2.shape.slice(1), x1.shape.slice(1)))) {
    throw new NtkError(x2.dtype === x1.dtype ? 'shape' : 'dtype', {
      what: `${name} needs samples of one shape and dtype on both sides.`,
      got: `${x1.toString()} and ${x2.toString()}`,
    })
  }
}

function positive(what: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isInteger(value) && value > 0)) {
    throw new NtkError('option', {
      what: `An empirical kernel needs ${what} to be a positive integer.`,
      got: String(value),
    })
  }
}

/** As f, each row on its own: what other rows do cannot matter. */
function rowByRow(f: Chosen['f']): Chosen['f'] {
  return (leaves, x) =>
    vmap((row: Tensor) => {
      const y = f(leaves, expandDims(row, 0))
      return reshape(y, y.shape.slice(1))
    })(x)
}

function checkOutput(name: string, output: Shape, samples: number): void {
  if (output.length > 0 && output[0] === samples) return
  throw new NtkError('shape', {
    what: `${name} needs outputs [n, ...] with a row for each of ${samples} samples.`,
    got: showShape(output),
  })
}

/** One kernel for each part of the parameters; `partOf` numbers the parts. */
export async function ntkParts<P>(
  apply: Apply<P>,
  o: NtkOptions,
  x1: Tensor,
  x2: Tensor | null,
  params: P,
  call: CallOptions,
  partition: (paths: readonly string[]) => readonly number[],
): Promise<{
  readonly kernels: Tensor[]
  readonly paths: readonly string[]
  readonly partOf: readonly number[]
}> {
  const name = 'empiricalNtkFn'
  checkSamples(name, x1, x2)
  positive('batchSize', o.batchSize)
  positive('maxBytes', o.maxBytes)
  const chosen = chooseParameters(apply, params, o.parameters)
  const f = o.vmapAxes === 0 ? rowByRow(chosen.f) : chosen.f
  const program = trace((leaves: readonly Tensor[], x: Tensor) => f(leaves, x), [...chosen.leaves], x1)
  const output = program.outputs[0] as { readonly shape: Shape; readonly dtype: Tensor['dtype'] }
  checkOutput(name, output.shape, x1.shape[0] as number)
  const layout = outputLayout(output.shape, o)
  const flow = analyse(program)
  const partOf = partition(chosen.paths)
  const task: Task = {
    f,
    leaves: chosen.leaves,
    partOf,
    parts: 1 + Math.max(...partOf),
    layout,
    independent: o.vmapAxes === null ? false : flow.independent,
    maxNumbers: 0,
  }
  const dtype = requireFloat(name, output.dtype)
  const { engine, size, keep } = chooseEngine(task, program, flow, x1, x2, o)
  const kernels = await blocked(task.independent ? engine : splitSamples(engine, layout, x1, x2), x1, x2, {
    ...call,
    what: 'The empirical NTK',
    layout,
    dtype,
    parts: task.parts,
    size,
    keep,
    factor: 1 / layout.trace,
  })
  return { kernels, paths: chosen.paths, partOf }
}

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
    block: (left, right) =>
      engine
        .block(left, right)
        .map((block) => transpose(reshape(block, [diagonal, n, free, m, free]), [0, 2, 1, 4, 3])),
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
export function empiricalNtkFn<P>(apply: Apply<P>, options: NtkOptions = {}): NtkFn<P> {
  return async (x1, x2, params, call = {}) => {
    const { kernels } = await ntkParts(apply, options, x1, x2, params, call, (paths) => paths.map(() => 0))
    return kernels[0] as Tensor
  }
}

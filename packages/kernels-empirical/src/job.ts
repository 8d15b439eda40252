import { type Atom, type Program, showProgram } from '@ntk/autodiff'
import { Tensor } from '@ntk/tensor'
import { type Job, type JobValue, jobArray, jobValue } from '@ntk/tiles'
import type { NtkOptions } from './options.js'

/** What a network's kernel is made of. */
export interface JobParts {
  readonly kernel: string
  /** The network as it was recorded, its inputs being parameters and samples. */
  readonly program: Program
  readonly params: readonly Tensor[]
  readonly x1: Tensor
  readonly x2: Tensor | null
  readonly options: NtkOptions & { readonly names?: readonly string[] }
}

/**
 * What an empirical kernel's numbers depend on, for sinks that must know it again: the network's equations and the numbers in them, the
 * parameters, the samples, and the options. (Of a function with a derivative of its own, `customJvp`, the name counts.)
 */
export async function jobOf({ kernel, program, params, x1, x2, options }: JobParts): Promise<Job> {
  const { traceAxes, diagonalAxes, vmapAxes, implementation, names } = options
  return {
    kernel,
    network: showProgram(program),
    constants: await arraysOf(constantsOf(program)),
    params: await arraysOf(params),
    x1: await jobArray(x1),
    x2: x2 === null ? null : await jobArray(x2),
    options: jobValue({ traceAxes, diagonalAxes, vmapAxes, implementation, names }, 'an option'),
  }
}

async function arraysOf(tensors: readonly Tensor[]): Promise<JobValue> {
  const arrays: JobValue[] = []
  for (const x of tensors) arrays.push(await jobArray(x))
  return arrays
}

/** The numbers that stand in a program, in order. */
function constantsOf({ equations, outputs }: Program): Tensor[] {
  const atoms: Atom[] = [...equations.flatMap(({ inputs }): readonly Atom[] => inputs), ...outputs]
  return atoms.flatMap(({ value }) => (Tensor.isInstance(value) ? [value] : []))
}

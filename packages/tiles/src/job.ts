import { type DType, NtkError, type Shape, type Tensor, type TypedArray } from '@ntk/tensor'
import { requireTensor, show } from '@ntk/tensor/options'

/** Numbers that a job depends on; a sink on disk keeps their hash, not the numbers. */
export interface JobArray {
  readonly data: TypedArray
  readonly shape: Shape
  readonly dtype: DType
}

/** JSON, and arrays of numbers. */
export type JobValue =
  | string
  | number
  | boolean
  | null
  | JobArray
  | readonly JobValue[]
  | { readonly [key: string]: JobValue | undefined }

/**
 * All that the numbers of a result depend on, by name: the network's spec, inputs, options. A sink on disk goes on with what it
 * finds only where this is the same.
 */
export type Job = Readonly<Record<string, JobValue | undefined>>

/** A tensor's numbers as a part of a job. */
export async function jobArray(x: Tensor): Promise<JobArray> {
  requireTensor(x, 'x of jobArray')
  return { data: await x.data(), shape: x.shape, dtype: x.dtype }
}

/** A value as a part of a job, if it is JSON; `name` stands in the message of NtkError 'option' where it is not. */
export function jobValue(value: unknown, name: string): JobValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  // Infinity and NaN have no JSON, and say something of a job all the same.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (Array.isArray(value)) return value.map((item: unknown) => jobValue(item, name))
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).filter(([, v]) => v !== undefined)
    return Object.fromEntries(entries.map(([key, v]) => [key, jobValue(v, name)]))
  }
  throw new NtkError('option', {
    what: `A result on disk must know what it is of, and ${typeof name === 'string' ? name : show(name)} is not plain data.`,
    got: typeof value === 'object' ? 'an object of a class' : typeof value,
    fix: 'Keep the result in memory, or describe the job by data.',
  })
}

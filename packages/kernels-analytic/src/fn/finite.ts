import type { DualStep } from '@ntk/tensor'
import { type FloatDType, NtkError, type Tensor, tensor } from '@ntk/tensor'
import { dualStack } from '../evaluate/stack.js'
import type { InputSet } from './input.js'

/** The error of numbers that do not fit the dtype. */
export function overflow(what: string, dtype: FloatDType, cause?: unknown): NtkError {
  const limit = dtype === 'float64' ? '1.8e308' : '3.4e38'
  return new NtkError('not-finite', {
    what: `${what} holds numbers beyond ${limit}, which ${dtype} cannot hold.`,
    fix:
      dtype === 'float64'
        ? 'Scale the inputs down, or take a smaller wStd or fewer layers.'
        : "Use float64 (cast(x, 'float64')), scale the inputs down, or take a smaller wStd or fewer layers.",
    cause,
  })
}

const fits = (dtype: FloatDType, x: number): boolean =>
  Number.isFinite(dtype === 'float32' ? Math.fround(x) : x)

/** Throws NtkError 'not-finite' unless every number of a finished tile fits the dtype of the result. */
export async function checkTile(dtype: FloatDType, ...arrays: readonly (Tensor | null)[]): Promise<void> {
  for (const array of arrays) {
    if (array === null) continue
    const data = await array.data()
    for (let i = 0; i < data.length; i++) {
      if (!fits(dtype, data[i] as number)) throw overflow('The kernel', dtype)
    }
  }
}

/**
 * Throws NtkError 'not-finite' unless the kernel of a run fits the dtype of the result. K and Θ of two samples are at most those
 * of the sample with the largest variance, with itself.
 */
export function checkRun(
  steps: readonly DualStep[],
  sets: readonly InputSet[],
  ntk: boolean,
  dtype: FloatDType,
): void {
  const most = sets.reduce((m, { variance }) => variance.reduce((a, b) => Math.max(a, b), m), 0)
  const one = tensor([most])
  for (const result of dualStack({ steps, ntk }, tensor([[most]]), one, one)) {
    if (result !== null && !fits(dtype, result.item())) throw overflow('The kernel', dtype)
  }
}

import {
  cpuBackend,
  type DualStep,
  type FloatDType,
  NtkError,
  type Tensor,
  tensorFromData,
} from '@ntk/tensor'
import { dualStack } from '../evaluate/stack.js'
import type { InputSet } from './input.js'

/** The error of a number in a kernel that is none, or that the dtype cannot hold. */
function notFinite(x: number, dtype: FloatDType): NtkError {
  if (Number.isNaN(x)) {
    return new NtkError('not-finite', {
      what: 'The kernel holds NaN: a variance on the way is beyond 1.8e308, or an activation has no expectation there, as e^{b x²} of a large b.',
      fix: 'Scale the inputs down, take a smaller wStd or fewer layers, or another activation.',
    })
  }
  const limit = dtype === 'float64' ? '1.8e308' : '3.4e38'
  return new NtkError('not-finite', {
    what: `The kernel holds numbers beyond ${limit}, which ${dtype} cannot hold.`,
    fix:
      dtype === 'float64'
        ? 'Scale the inputs down, or take a smaller wStd or fewer layers.'
        : "Use float64 (cast(x, 'float64')), scale the inputs down, or take a smaller wStd or fewer layers.",
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
      const x = data[i] as number
      if (!fits(dtype, x)) throw notFinite(x, dtype)
    }
  }
}

/**
 * Throws NtkError 'not-finite' unless the kernel of a run fits the dtype of the result. K and Θ of two samples are at most those
 * of the sample with the largest variance, with itself. That one number is computed on the host, whatever the default backend.
 */
export function checkRun(
  steps: readonly DualStep[],
  sets: readonly InputSet[],
  ntk: boolean,
  dtype: FloatDType,
): void {
  const most = sets.reduce((m, { variance }) => variance.reduce((a, b) => Math.max(a, b), m), 0)
  const hold = (shape: readonly number[]): Tensor =>
    tensorFromData(Float64Array.of(most), shape, cpuBackend())
  const variance = hold([1])
  for (const result of dualStack({ steps, ntk }, hold([1, 1]), variance, variance)) {
    const x = result?.item() ?? 0
    if (!fits(dtype, x)) throw notFinite(x, dtype)
  }
}

/** Networks of the tests, written in ops. */

import { treeFlatten } from '@ntk/autodiff'
import { add, convGeneralDilated, erf, matmul, maximum, mul, type Tensor, tensor } from '@ntk/tensor'
import { expect } from 'vitest'

export type DenseParams = { readonly w: Tensor; readonly b: Tensor }

/** Dense layers in the NTK parameterization (or the standard one where wStd is null). */
export const dense = ({ w, b }: DenseParams, x: Tensor, wStd: number | null, bStd: number): Tensor => {
  const y = matmul(x, w)
  if (wStd === null) return add(y, b)
  return add(mul(y, wStd / Math.sqrt(w.shape[0] as number)), mul(b, bStd))
}

export const relu = (x: Tensor): Tensor => maximum(x, 0)

/** The largest difference of two tensors over the largest entry. */
export function relativeError(actual: Tensor, expected: Tensor): number {
  expect(actual.shape).toEqual(expected.shape)
  const [a, b] = [actual.dataSync(), expected.dataSync()]
  let [worst, scale] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    worst = Math.max(worst, Math.abs((a[i] as number) - (b[i] as number)))
    scale = Math.max(scale, Math.abs(b[i] as number))
  }
  return worst / scale
}

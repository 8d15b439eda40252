import { empiricalNtkFn, type Implementation } from '@ntk/kernels-empirical'
import { add, erf, matmul, maximum, mul, type Tensor, tensor } from '@ntk/tensor'
import { expect, test } from 'vitest'
import { relativeError } from './networks.js'
import cases from './reference/finite.json' with { type: 'json' }

const implementations = [
  'jacobian-contraction',
  'ntk-vector-products',
  'structured-derivatives',
  'auto',
] as const

type Params = readonly Tensor[]

const affine = (x: Tensor, w: Tensor, b: Tensor, wStd: number, bStd: number): Tensor =>
  add(mul(matmul(x, w), wStd / Math.sqrt(w.shape[0] as number)), mul(b, bStd))

const networks: Record<string, (p: Params, x: Tensor) => Tensor> = {
  'fc relu': ([w1, b1, w2, b2, w3, b3], x) => {
    const [h1] = [maximum(affine(x, w1 as Tensor, b1 as Tensor, 1.3, 0.2), 0)]
    const h2 = maximum(affine(h1, w2 as Tensor, b2 as Tensor, 1.3, 0.2), 0)
    return affine(h2, w3 as Tensor, b3 as Tensor, 0.9, 0.1)
  },
  'fc erf standard': ([w1, b1, w2, b2], x) =>
    add(matmul(erf(add(matmul(x, w1 as Tensor), b1 as Tensor)), w2 as Tensor), b2 as Tensor),
}

for (const c of cases.filter((one) => one.name in networks)) {
  const apply = networks[c.name] as (p: Params, x: Tensor) => Tensor
  const params = c.params.map((p) => tensor(p as number[][]))
  const [x1, x2] = [tensor(c.x1 as number[][]), tensor(c.x2 as number[][])]
  for (const implementation of implementations) {
    test(`${c.name}, ${implementation}: full, traced and diagonal kernels agree with the reference`, async () => {
      const options = { implementation: implementation as Implementation }
      expect(relativeError(apply(params, x1), tensor(c.f1))).toBeLessThan(1e-14)
      const full = await empiricalNtkFn(apply, options)(x1, x2, params)
      expect(relativeError(full, tensor(c.ntkFull))).toBeLessThan(1e-13)
      const trace = await empiricalNtkFn(apply, { ...options, traceAxes: [-1] })(x1, x2, params)
      expect(relativeError(trace, tensor(c.ntkTrace))).toBeLessThan(1e-13)
      const diagonal = await empiricalNtkFn(apply, { ...options, diagonalAxes: [-1] })(x1, x2, params)
      expect(relativeError(diagonal, tensor(c.ntkDiagonal))).toBeLessThan(1e-13)
    })
  }
}

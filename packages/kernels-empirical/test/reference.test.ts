import { empiricalNtkFn, type Implementation } from '@ntk/kernels-empirical'
import {
  add,
  type ConvOptions,
  convGeneralDilated,
  div,
  erf,
  matmul,
  maximum,
  mean,
  mul,
  type Nested,
  reshape,
  sizeOf,
  sqrt,
  sub,
  type Tensor,
  tensor,
  variance,
  windowSum,
} from '@ntk/tensor'
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

const conv = (x: Tensor, w: Tensor, b: Tensor, options: ConvOptions): Tensor => {
  const fanIn = sizeOf(w.shape.slice(0, -1))
  return add(mul(convGeneralDilated(x, w, options), 1.3 / Math.sqrt(fanIn)), mul(b, 0.2))
}

const gelu = (x: Tensor): Tensor => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1))

const layerNorm = (x: Tensor): Tensor => {
  const centred = sub(x, mean(x, { axis: -1, keepDims: true }))
  return div(centred, sqrt(add(variance(x, { axis: -1, keepDims: true }), 1e-12)))
}

type Six = readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]

const networks: Record<string, (p: Params, x: Tensor) => Tensor> = {
  'fc relu': (p, x) => {
    const [w1, b1, w2, b2, w3, b3] = p as Six
    const h = maximum(affine(x, w1, b1, 1.3, 0.2), 0)
    return affine(maximum(affine(h, w2, b2, 1.3, 0.2), 0), w3, b3, 0.9, 0.1)
  },
  'fc erf standard': (p, x) => {
    const [w1, b1, w2, b2] = p as Six
    return add(matmul(erf(add(matmul(x, w1), b1)), w2), b2)
  },
  'cnn gap': (p, x) => {
    const [w1, b1, w2, b2, w3, b3] = p as Six
    const h = maximum(conv(x, w1, b1, { padding: 'SAME' }), 0)
    const g = gelu(conv(h, w2, b2, { strides: [2, 2] }))
    return affine(mean(g, { axis: [1, 2] }), w3, b3, 0.9, 0.1)
  },
  'residual avgpool layernorm': (p, x) => {
    const [w1, b1, w2, b2, w3, b3] = p as Six
    const h = conv(x, w1, b1, { padding: 'SAME' })
    const sum = add(h, conv(maximum(layerNorm(h), 0), w2, b2, { padding: 'SAME' }))
    const pooled = mul(windowSum(sum, { window: [1, 2, 2, 1], strides: [1, 2, 2, 1] }), 0.25)
    return affine(reshape(pooled, [x.shape[0] as number, -1]), w3, b3, 0.9, 0.1)
  },
}

for (const c of cases) {
  const apply = networks[c.name] as (p: Params, x: Tensor) => Tensor
  const params = c.params.map((p) => tensor(p as Nested))
  const [x1, x2] = [tensor(c.x1), tensor(c.x2)]
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

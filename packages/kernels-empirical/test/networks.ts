/** Networks of the tests, written in ops alone: structure that layers have, and structure that they have not. */
import { customJvp } from '@ntk/autodiff'
import {
  add,
  broadcastTo,
  concatenate,
  convGeneralDilated,
  div,
  dotGeneral,
  erf,
  exp,
  foldIn,
  fullLike,
  greater,
  key,
  matmul,
  maximum,
  mean,
  mul,
  neg,
  norm,
  normal,
  reshape,
  rsqrt,
  sin,
  softmax,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  tensor,
  transpose,
  variance,
  where,
  windowMax,
} from '@ntk/tensor'
import { expect } from 'vitest'

export type Params = readonly Tensor[]

export interface Network {
  readonly name: string
  /** One sample. */
  readonly input: readonly number[]
  readonly shapes: readonly (readonly number[])[]
  readonly apply: (p: Params, x: Tensor) => Tensor
  /** Whether samples mix. */
  readonly mixes?: boolean
}

const at = (p: Params, i: number): Tensor => p[i] as Tensor
const relu = (x: Tensor): Tensor => maximum(x, 0)

/** erf with a derivative rule of its own, and a parameter among its inputs. */
const scaledErf = customJvp(
  (x: Tensor, s: Tensor) => erf(mul(x, s)),
  ([x, s], [tx, ts]) => {
    const slope = mul(exp(neg(mul(mul(x, s), mul(x, s)))), 2 / Math.sqrt(Math.PI))
    return mul(slope, add(mul(tx, s), mul(ts, x)))
  },
)

export const networks: readonly Network[] = [
  {
    name: 'dense layers with scaled weights',
    input: [4],
    shapes: [[4, 6], [6], [6, 3], [3]],
    apply: (p, x) => {
      const h = relu(add(matmul(x, mul(at(p, 0), 0.7)), mul(at(p, 1), 0.3)))
      return add(matmul(h, div(at(p, 2), Math.sqrt(6))), at(p, 3))
    },
  },
  {
    name: 'a residual block',
    input: [5],
    shapes: [
      [5, 5],
      [5, 5],
      [5, 2],
    ],
    apply: (p, x) => {
      const h = matmul(x, at(p, 0))
      return matmul(add(h, tanh(matmul(relu(h), at(p, 1)))), at(p, 2))
    },
  },
  {
    name: 'weights used by two layers',
    input: [4],
    shapes: [[4, 4], [4], [4, 2]],
    apply: (p, x) => {
      const layer = (h: Tensor): Tensor => tanh(add(matmul(h, at(p, 0)), at(p, 1)))
      return matmul(layer(layer(layer(x))), at(p, 2))
    },
  },
  {
    name: 'weights used by two layers at different scales',
    input: [4],
    shapes: [
      [4, 4],
      [4, 2],
    ],
    apply: (p, x) => matmul(tanh(matmul(tanh(matmul(x, mul(at(p, 0), 0.5))), neg(at(p, 0)))), at(p, 1)),
  },
  {
    name: 'weights tied to their own transpose',
    input: [4],
    shapes: [[4, 3]],
    apply: (p, x) => matmul(relu(matmul(x, at(p, 0))), transpose(at(p, 0))),
  },
  {
    name: 'normalized weights',
    input: [4],
    shapes: [[4, 3], [3], [3, 2]],
    apply: (p, x) => {
      const w = mul(div(at(p, 0), norm(at(p, 0), { axis: 0, keepDims: true })), at(p, 1))
      return matmul(tanh(matmul(x, w)), at(p, 2))
    },
  },
  {
    name: 'a weight made of two others',
    input: [4],
    shapes: [
      [4, 2],
      [2, 5],
      [5, 2],
    ],
    apply: (p, x) => matmul(tanh(matmul(x, matmul(at(p, 0), at(p, 1)))), at(p, 2)),
  },
  {
    name: 'a bias written out in rows',
    input: [3],
    shapes: [[3, 4], [4], [4, 2]],
    apply: (p, x) => {
      const h = matmul(x, at(p, 0))
      return matmul(tanh(add(h, broadcastTo(at(p, 1), h.shape))), at(p, 2))
    },
  },
  {
    name: 'parameters inside of nonlinear functions',
    input: [3],
    shapes: [[3], [], [3, 2], [1, 2]],
    apply: (p, x) => {
      const h = sin(mul(mul(x, at(p, 0)), at(p, 1)))
      return where(greater(matmul(x, at(p, 2)), 0), matmul(h, at(p, 2)), at(p, 3))
    },
  },
  {
    name: 'a function with a derivative rule of its own',
    input: [3],
    shapes: [[3, 4], [4], [4, 2]],
    apply: (p, x) => matmul(scaledErf(matmul(x, at(p, 0)), at(p, 1)), at(p, 2)),
  },
  {
    name: 'layer normalization with gain and shift',
    input: [4],
    shapes: [[4, 6], [6], [6], [6, 2]],
    apply: (p, x) => {
      const h = matmul(x, at(p, 0))
      const centred = sub(h, mean(h, { axis: -1, keepDims: true }))
      const normal = mul(centred, rsqrt(add(variance(h, { axis: -1, keepDims: true }), 1e-3)))
      return matmul(relu(add(mul(normal, at(p, 1)), at(p, 2))), at(p, 3))
    },
  },
  {
    name: 'a dense layer at every position, read out per position',
    input: [3, 4],
    shapes: [[4, 5], [5], [5, 2]],
    apply: (p, x) => matmul(tanh(add(matmul(x, at(p, 0)), at(p, 1))), at(p, 2)),
  },
  {
    name: 'attention over positions',
    input: [3, 4],
    shapes: [
      [4, 4],
      [4, 4],
      [4, 4],
      [4, 2],
    ],
    apply: (p, x) => {
      const [q, k, v] = [0, 1, 2].map((i) => matmul(x, at(p, i))) as [Tensor, Tensor, Tensor]
      const scores = softmax(
        dotGeneral(q, k, { lhsContract: [2], rhsContract: [2], lhsBatch: [0], rhsBatch: [0] }),
      )
      const seen = dotGeneral(scores, v, { lhsContract: [2], rhsContract: [1], lhsBatch: [0], rhsBatch: [0] })
      return matmul(mean(seen, { axis: 1 }), at(p, 3))
    },
  },
  {
    name: 'weights for each position (a batched product)',
    input: [3, 4],
    shapes: [
      [3, 4, 2],
      [6, 2],
    ],
    apply: (p, x) => {
      const h = dotGeneral(x, at(p, 0), { lhsContract: [2], rhsContract: [1], lhsBatch: [1], rhsBatch: [0] })
      return matmul(tanh(reshape(transpose(h, [1, 0, 2]), [x.shape[0] as number, 6])), at(p, 1))
    },
  },
  {
    name: 'weights on the left of the product, contracted over two axes',
    input: [3, 4],
    shapes: [
      [5, 4, 3],
      [5, 2],
    ],
    apply: (p, x) => {
      const h = dotGeneral(at(p, 0), x, { lhsContract: [1, 2], rhsContract: [2, 1] })
      return matmul(tanh(transpose(h)), at(p, 1))
    },
  },
  {
    name: 'a parameter joined to every sample',
    input: [3],
    shapes: [
      [1, 2],
      [5, 2],
    ],
    apply: (p, x) =>
      matmul(tanh(concatenate([x, broadcastTo(at(p, 0), [x.shape[0] as number, 2])], 1)), at(p, 1)),
  },
  {
    name: 'a table looked up by position',
    input: [3],
    shapes: [
      [7, 2],
      [3, 4],
      [4, 2],
    ],
    apply: (p, x) => {
      const rows = take(at(p, 0), tensor([1, 4, 1], { dtype: 'int32' }), 0)
      return mul(matmul(tanh(matmul(x, at(p, 1))), at(p, 2)), sum(rows))
    },
  },
  {
    name: 'convolutions, pooling and a dense readout',
    input: [5, 5, 2],
    shapes: [[3, 3, 2, 3], [3], [2, 2, 3, 4], [4, 2]],
    apply: (p, x) => {
      const h = relu(add(convGeneralDilated(x, at(p, 0), { padding: 'SAME' }), at(p, 1)))
      const g = tanh(convGeneralDilated(h, at(p, 2), { strides: [2, 2] }))
      return matmul(mean(g, { axis: [1, 2] }), at(p, 3))
    },
  },
  {
    name: 'grouped, strided and dilated convolutions that end in space',
    input: [6, 4],
    shapes: [
      [3, 2, 6],
      [2, 3, 2],
    ],
    apply: (p, x) => {
      const h = tanh(convGeneralDilated(x, at(p, 0), { strides: [2], padding: [[1, 2]], featureGroups: 2 }))
      return convGeneralDilated(h, at(p, 1), { rhsDilation: [2], featureGroups: 2 })
    },
  },
  {
    name: 'a transposed convolution',
    input: [3, 2],
    shapes: [
      [3, 2, 3],
      [6 * 3, 2],
    ],
    apply: (p, x) => {
      const h = tanh(convGeneralDilated(x, at(p, 0), { lhsDilation: [2], padding: [[1, 2]] }))
      return matmul(reshape(h, [x.shape[0] as number, 18]), at(p, 1))
    },
  },
  {
    name: 'maximum pooling',
    input: [4, 4, 1],
    shapes: [
      [2, 2, 1, 3],
      [4 * 3, 2],
    ],
    apply: (p, x) => {
      const h = convGeneralDilated(x, at(p, 0), { padding: 'SAME' })
      const g = windowMax(h, { window: [1, 2, 2, 1], strides: [1, 2, 2, 1] })
      return matmul(reshape(g, [x.shape[0] as number, 12]), at(p, 1))
    },
  },
  {
    name: 'a mask with a row for each sample',
    input: [3],
    mixes: true,
    shapes: [
      [3, 4],
      [4, 2],
    ],
    apply: (p, x) => {
      const h = tanh(matmul(x, at(p, 0)))
      const mask = tensor(Array.from({ length: x.shape[0] as number }, (_, i) => [1, i, 0, 1 - i]))
      return matmul(mul(h, mask), at(p, 1))
    },
  },
  {
    name: 'a constant written out in equal rows',
    input: [3],
    shapes: [
      [3, 4],
      [4, 2],
    ],
    apply: (p, x) => {
      const h = matmul(x, at(p, 0))
      return matmul(maximum(h, fullLike(h, -0.2)), at(p, 1))
    },
  },
  {
    name: 'batch normalization, which mixes samples',
    input: [3],
    mixes: true,
    shapes: [[3, 4], [4], [4, 2]],
    apply: (p, x) => {
      const h = matmul(x, at(p, 0))
      const centred = sub(h, mean(h, { axis: 0, keepDims: true }))
      return matmul(
        tanh(add(mul(centred, rsqrt(add(variance(h, { axis: 0, keepDims: true }), 1e-3))), at(p, 1))),
        at(p, 2),
      )
    },
  },
]

/** Random parameters and samples of a network. */
export function draw({ input, shapes }: Network, n: number, seed = 1): { x: Tensor; params: Tensor[] } {
  const own = key(seed)
  return {
    x: normal(foldIn(own, 0), [n, ...input]),
    params: shapes.map((shape, i) => mul(normal(foldIn(own, i + 1), shape), 0.8)),
  }
}

/** The largest difference of two tensors over the largest entry of the second. */
export function relativeError(actual: Tensor, expected: Tensor): number {
  expect(actual.shape).toEqual(expected.shape)
  const [a, b] = [actual.dataSync(), expected.dataSync()]
  let [worst, scale] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    worst = Math.max(worst, Math.abs((a[i] as number) - (b[i] as number)))
    scale = Math.max(scale, Math.abs(b[i] as number))
  }
  return worst === 0 ? 0 : worst / scale
}

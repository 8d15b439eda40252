import { grad } from '@ntk/autodiff'
import { add, mul, reshape, slice, sum, type Tensor, tensor, type Value } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  type AttentionStep,
  describe as describeNet,
  hyperparameters,
  hyperparameterTensors,
  type Kernel,
  type KernelStep,
  kernelFn,
  kernelOf,
  type PositionalEmbedding,
} from '../src/index.js'
import { filled } from '../src/steps/activation.js'
import { bilinear, elementwise } from '../src/steps/attention-heads.js'
import { close, sample } from './helpers.js'

const dense: KernelStep = {
  kind: 'affine',
  layer: 'Dense',
  out: 1,
  wStd: 1.3,
  bStd: 0.2,
  parameterization: 'ntk',
}
const plain: AttentionStep = {
  kind: 'attention',
  out: 1,
  linearScaling: true,
  mechanism: 'SOFTMAX',
  wKeyStd: 1.1,
  wValueStd: 0.9,
  wQueryStd: 1.2,
  wOutStd: 0.8,
  bStd: 0.1,
  embedding: null,
}
const embedding: PositionalEmbedding = {
  type: 'SUM',
  pNorm: 2,
  decay: 'exp(-d)',
  channels: null,
  std: 0.7,
  inValues: true,
}
const nested = (x: Value | null): ReturnType<Tensor['toNested']> => (x as Tensor).toNested()
const of = (steps: readonly KernelStep[], x: Tensor, x2: Tensor | null = null): Kernel =>
  kernelOf({ kernel: steps }, x, x2)

describe('attention with many heads', () => {
  test('one score at a time gives what the closed form of the identity gives', () => {
    const [k, v, theta, thetaV] = [1, 2, 3, 4].map((seed) => sample(seed, 2, 3, 4, 4)) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ]
    const squares = mul(sample(5, 2, 3, 4), sample(5, 2, 3, 4))
    const pairs = {
      scored: k,
      valued: v,
      scoredNtk: theta,
      valuedNtk: thetaV,
      v1: add(mul(slice(squares, null, [0, 1]), 9), 50),
      v2: add(mul(slice(squares, [0, 1]), 9), 50),
    }
    const linear = filled({ kind: 'activation', name: 'ABRelu', options: { a: 1, b: 1 } }, undefined)
    const [[nngp, ntk], [wantNngp, wantNtk]] = [elementwise(pairs, 0.37, linear), bilinear(pairs, 0.37)]
    close(nngp as Tensor, nested(wantNngp), 1e-11)
    close(ntk as Tensor, nested(wantNtk), 1e-11)
  })

  test('|s| is relu(s) + relu(−s): of one position, E|s s| is twice E relu(s)²', () => {
    const x = sample(6, 3, 1, 4)
    const kernels = (['ABS', 'RELU', 'IDENTITY'] as const).map((mechanism) =>
      of([{ ...plain, linearScaling: false, mechanism, bStd: null }], x),
    ) as [Kernel, Kernel, Kernel]
    close(kernels[0].cov1 as Tensor, nested(mul(kernels[1].cov1, 2)), 1e-13)
    close(kernels[0].cov1 as Tensor, nested(kernels[2].cov1), 1e-13)
  })

  test('and a softmax has no kernel, by name, from wherever it is asked', async () => {
    const net = { kernel: [{ ...plain, linearScaling: false }] }
    const x = sample(7, 2, 3, 4)
    expect(() => kernelOf(net, x)).toThrow(/square-root scaling and SOFTMAX.*linearScaling: true.*monteCarlo/)
    await expect(kernelFn(net)(x)).rejects.toThrow(/square-root scaling and SOFTMAX/)
    expect(() => describeNet(net, [-1, 3, 4])).toThrow(/square-root scaling and SOFTMAX/)
  })
})

const steps: readonly (readonly [string, AttentionStep])[] = [
  ['softmax', plain],
  ['softmax with embeddings', { ...plain, embedding }],
  [
    'positive scores, embeddings beside',
    { ...plain, mechanism: 'RELU', embedding: { ...embedding, type: 'CONCAT', channels: 3 } },
  ],
  ['many heads', { ...plain, linearScaling: false, mechanism: 'IDENTITY', embedding }],
  ['many heads, absolute scores', { ...plain, linearScaling: false, mechanism: 'ABS', embedding }],
]

describe.each(steps)('%s', (_, step) => {
  const net = { kernel: [dense, step, dense] }
  const x = sample(8, 3, 2, 2, 3)

  test('is the same for x1 as x2, in tiles, and in the diagonal terms', async () => {
    const own = of(net.kernel, x)
    const two = of(net.kernel, x, x)
    close(own.nngp as Tensor, nested(two.nngp), 1e-12)
    close(own.ntk as Tensor, nested(two.ntk), 1e-12)
    close(own.cov1 as Tensor, nested(two.cov2), 1e-12)
    const first = reshape(slice(own.nngp as Tensor, 0, 0), [2, 2, 2, 2])
    close(reshape(slice(own.cov1 as Tensor, 0), [2, 2, 2, 2]), nested(first), 1e-12)
    const { nngp, ntk } = await kernelFn(net)(x, null, { tile: 2 })
    close(nngp, nested(own.nngp), 1e-12)
    close(ntk, nested(own.ntk), 1e-12)
  })

  test('has the gradients of finite differences in its numbers', () => {
    const small = sample(9, 2, 3, 2)
    const start = hyperparameterTensors(hyperparameters(net))
    const value = (tree: typeof start): Value => {
      const { nngp, ntk } = kernelOf(net, small, null, { hyperparameters: tree })
      return add(sum(nngp), mul(sum(ntk as Value), 0.3))
    }
    const slope = grad(value)(start)
    const names = Object.keys(start[1] ?? {})
    expect(names).toEqual(expect.arrayContaining(['wKeyStd', 'wValueStd', 'wQueryStd', 'wOutStd', 'bStd']))
    for (const name of names) {
      const moved = (by: number): number => {
        const tree = start.map((own, i) =>
          i === 1 ? { ...own, [name]: tensor((own[name] as Tensor).item() + by) } : own,
        )
        return (value(tree) as Tensor).item()
      }
      const want = (moved(1e-5) - moved(-1e-5)) / 2e-5
      expect(((slope[1] as Record<string, Tensor>)[name] as Tensor).item() / want).toBeCloseTo(1, 6)
    }
  })

  test('is finite of zeros, with its gradient', () => {
    const zeros = mul(sample(10, 2, 2, 3), tensor([[[0]], [[1]]]))
    const slope = grad((y: Value) => {
      const { nngp, ntk } = kernelOf(net, y)
      return add(sum(nngp), sum(ntk as Value))
    })(zeros) as Tensor
    expect(slope.dataSync().every(Number.isFinite)).toBe(true)
  })
})

test('a decay that is no correlation is refused by name', () => {
  const step: AttentionStep = { ...plain, embedding: { ...embedding, decay: '1/(1+d^2)' } }
  expect(() => of([step], sample(11, 1, 6, 6, 2))).toThrow(
    /decay that is a correlation.*negative eigenvalues.*exp\(-d\)/,
  )
  expect(() => of([step], sample(11, 1, 6, 2))).not.toThrow()
})

test('the table of layers counts what attention costs', () => {
  const { layers } = describeNet({ kernel: [plain] }, [-1, 8, 8, 3])
  expect(layers[0]).toMatchObject({ name: 'GlobalSelfAttention', needs: 'full', shapes: [[-1, 8, 8, 1]] })
  // Two products of 64 x 64 matrices for K and for Θ.
  expect((layers[0]?.operations ?? 0) / (4 * 2 * 64 ** 3)).toBeCloseTo(1, 1)
})

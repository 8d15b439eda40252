import { grad } from '@ntk/autodiff'
import { add, mul, sum, type Tensor, tensor, type Value, zeros } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  describe as describeNet,
  evaluatePlainly,
  inputKernel,
  type Kernel,
  type KernelStep,
  kernelFn,
  kernelOf,
  type Sides,
} from '../src/index.js'
import { close, sample } from './helpers.js'

const dense: KernelStep = {
  kind: 'affine',
  layer: 'Dense',
  out: 1,
  wStd: 1.3,
  bStd: 0.2,
  parameterization: 'ntk',
}
const relu: KernelStep = { kind: 'activation', name: 'Relu', options: {} }
const gelu: KernelStep = { kind: 'activation', name: 'Gelu', options: {} }
const norm = (axis: readonly number[] = [-1], epsilon = 1e-12): KernelStep => ({
  kind: 'layerNorm',
  axis,
  epsilon,
})
const nested = (x: Value | null): ReturnType<Tensor['toNested']> => (x as Tensor).toNested()
const of = (steps: readonly KernelStep[], x: Tensor, x2: Tensor | null = null): Kernel =>
  kernelOf({ kernel: steps }, x, x2)

describe('layer normalization', () => {
  test('of Gaussian channels divides by the standard deviations', () => {
    const x = sample(1, 3, 4)
    const [before, after] = [of([dense], x), of([dense, norm([-1], 0.1)], x)]
    const k = nested(before.nngp) as number[][]
    const theta = nested(before.ntk) as number[][]
    const s = k.map((row, i) => Math.sqrt((row[i] as number) + 0.1))
    const divided = (m: number[][]): number[][] =>
      m.map((row, i) => row.map((v, j) => v / ((s[i] as number) * (s[j] as number))))
    close(after.nngp as Tensor, divided(k), 1e-14)
    close(after.ntk as Tensor, divided(theta), 1e-14)
    expect(after.isGaussian).toBe(true)
  })

  test('behind a ReLU takes the mean away too', () => {
    const x = tensor([[1, 2, 2]])
    const plain: KernelStep = { ...dense, wStd: 1, bStd: null }
    // Variance 1/2 − 1/2π of one, at the variance 3; Θ/2 is what a ReLU leaves of Θ = 3.
    const scale = 3 * (1 / 2 - 1 / (2 * Math.PI))
    const out = of([plain, relu, norm([-1], 0.5)], x)
    expect((out.nngp as Tensor).item()).toBeCloseTo(scale / (scale + 0.5), 14)
    expect((out.ntk as Tensor).item()).toBeCloseTo(1.5 / (scale + 0.5), 14)
    expect(out.means).toBe('zero')
    expect(out.isGaussian).toBe(false)
  })

  test('over positions is the same in both layouts of covariances', () => {
    const x = sample(2, 3, 2, 2, 3)
    const flatten: KernelStep = { kind: 'flatten' }
    for (const axis of [[-1], [1, 3], [3, 2], [1, 2, 3]]) {
      for (const before of [[dense], [dense, gelu]]) {
        for (const other of [null, sample(3, 2, 2, 2, 3)]) {
          const steps = [...before, norm(axis, 0.3), flatten]
          const [thin, wide] = [true, false].map((diagonalSpatial) =>
            evaluatePlainly(steps, [inputKernel(x, other, { diagonalSpatial })]),
          ) as [readonly [Kernel], readonly [Kernel]]
          for (const name of ['nngp', 'ntk', 'cov1'] as const) {
            close(wide[0][name] as Tensor, nested(thin[0][name]), 1e-13)
          }
        }
      }
    }
  })

  test('over positions keeps their differences', () => {
    // Of variances 1 and 3 at two positions the average is 2.
    const x = tensor([
      [
        [1, 1],
        [Math.sqrt(3), Math.sqrt(3)],
      ],
    ])
    const plain: KernelStep = { ...dense, wStd: 1, bStd: null }
    const { nngp, means } = of([plain, norm([1, 2], 0)], x)
    close(
      nngp as Tensor,
      [
        [
          [
            [0.5, Math.sqrt(3) / 2],
            [Math.sqrt(3) / 2, 1.5],
          ],
        ],
      ],
      1e-14,
    )
    expect(means).toBe('zero')
    // Means of a ReLU are √(q/2π), and not 0 behind it where positions differ.
    const after = of([plain, relu, norm([1, 2], 0)], x)
    const [m1, m2] = [Math.sqrt(1 / (2 * Math.PI)), Math.sqrt(3 / (2 * Math.PI))]
    const spread = Math.sqrt(1 - ((m1 + m2) / 2) ** 2)
    close((after.means as Sides).of1 as Tensor, [[(m1 - m2) / 2 / spread, (m2 - m1) / 2 / spread]], 1e-13)
  })

  test('makes equal samples 1 at every scale, and 0 of zeros', async () => {
    const plain: KernelStep = { ...dense, bStd: null }
    for (const [scale, epsilon] of [
      [1e150, 1e-12],
      [1e150, 0],
      [1, 0],
      [1e-150, 0],
    ] as const) {
      const x = mul(sample(4, 3, 5), scale)
      const { nngp, ntk } = await kernelFn({ kernel: [plain, norm([-1], epsilon), relu, dense] })(x)
      const unit = await kernelFn({ kernel: [plain, norm([-1], 0), relu, dense] })(sample(4, 3, 5))
      close(nngp, unit.nngp.toNested(), 1e-11)
      close(ntk, unit.ntk.toNested(), 1e-11)
    }
    for (const epsilon of [0, 1e-12]) {
      const { nngp, ntk } = await kernelFn({ kernel: [plain, norm([-1], epsilon)] })(zeros([2, 3]))
      expect([...nngp.dataSync(), ...ntk.dataSync()].every((v) => v === 0)).toBe(true)
    }
  })

  test('has finite gradients in inputs, zeros among them', () => {
    const x = tensor([
      [0, 0, 0],
      [1, 2, 3],
      [1, 2, 3],
      [-1, -2, -3],
    ])
    for (const epsilon of [0, 1e-6]) {
      const kernel = [{ ...dense, bStd: null }, norm([-1], epsilon), gelu, dense]
      const slope = grad((y: Value) => {
        const { nngp, ntk } = kernelOf({ kernel }, y)
        return add(sum(nngp), sum(ntk as Value))
      })(x) as Tensor
      expect(slope.dataSync().every(Number.isFinite)).toBe(true)
    }
  })

  test('is the same in tiles, and symmetric to the bit', async () => {
    const x = sample(5, 7, 3, 4)
    const kernel = [dense, relu, norm([1, 2], 1e-3), dense, relu, norm(), dense]
    const whole = of(kernel, x)
    const { nngp, ntk } = await kernelFn({ kernel })(x, null, { tile: 2 })
    close(nngp, nested(whole.nngp), 1e-11)
    close(ntk, nested(whole.ntk), 1e-11)
    const k = nngp.toNested() as number[][][][]
    k.forEach((row, i) => row.forEach((p, j) => expect(p[0]?.[1]).toBe(k[j]?.[i]?.[1]?.[0])))
  })

  test.each([
    ['the data themselves', [norm()], /mean over channels.*data can be normalized beforehand/],
    ['positions alone', [dense, norm([1])], /channels are among its axes.*axes 1 of 3.*monteCarlo/],
    ['the batch', [dense, norm([0, -1])], /batch axis.*BatchNorm/],
    ['an axis that is not there', [dense, norm([3])], /axis/],
    [
      'flattened positions with means',
      [dense, relu, { kind: 'flatten' }, norm()],
      /LayerNorm before Flatten/,
    ],
  ] as readonly (readonly [string, readonly KernelStep[], RegExp])[])(
    '%s is refused by name',
    (_, steps, message) => {
      expect(() => of(steps, sample(6, 2, 3, 4))).toThrow(message)
    },
  )

  test('is in the table of layers', () => {
    const { layers } = describeNet({ kernel: [dense, norm([1, 2])] }, [-1, 5, 3])
    expect(layers.map(({ name, needs, shapes }) => [name, needs, shapes])).toEqual([
      ['Dense', 'same', [[-1, 5, 1]]],
      ['LayerNorm', 'same', [[-1, 5, 1]]],
    ])
    expect(() => describeNet({ kernel: [norm([1])] }, [-1, 5, 3])).toThrow(/channels are among its axes/)
  })
})

import { mul, type Tensor } from '@ntk/tensor'
import { expect, test } from 'vitest'
import { type KernelStep, kernelFn, kernelOf } from '../src/index.js'
import { close, sample } from './helpers.js'

const dense: KernelStep = {
  kind: 'affine',
  layer: 'Dense',
  out: 1,
  wStd: 1.3,
  bStd: 0.2,
  parameterization: 'ntk',
}
const dropout: KernelStep = { kind: 'dropout', keep: 0.5 }
const nested = (x: unknown): ReturnType<Tensor['toNested']> => (x as Tensor).toNested()

test('only a number with itself grows, of the same sample at the same position', () => {
  const x = sample(1, 3, 2, 4)
  const [before, after] = [[dense], [dense, dropout]].map((kernel) => kernelOf({ kernel }, x))
  const [k, dropped] = [before?.nngp, after?.nngp].map(nested) as [number[][][][], number[][][][]]
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      for (let h = 0; h < 2; h++) {
        for (let g = 0; g < 2; g++) {
          const factor = i === j && h === g ? 2 : 1
          expect(dropped[i]?.[j]?.[h]?.[g]).toBeCloseTo(factor * (k[i]?.[j]?.[h]?.[g] as number), 13)
        }
      }
    }
  }
  expect(after?.isGaussian).toBe(false)
})

test('x2 with the same numbers draws masks of its own', () => {
  const x = sample(2, 4, 3)
  const plain = kernelOf({ kernel: [dense] }, x, x)
  const dropped = kernelOf({ kernel: [dense, dropout] }, x, x)
  close(dropped.nngp as Tensor, nested(plain.nngp), 0)
  close(dropped.cov2 as Tensor, nested(mul(plain.cov1, 2)), 0)
})

test('tiles know which samples are the same', async () => {
  const x = sample(3, 9, 3)
  const kernel: readonly KernelStep[] = [
    dense,
    { kind: 'activation', name: 'Relu', options: {} },
    dropout,
    dense,
    { kind: 'activation', name: 'Erf', options: { a: 1, b: 1, c: 0 } },
    dense,
  ]
  const whole = kernelOf({ kernel }, x)
  const tiles = await kernelFn({ kernel })(x, null, { tile: 2 })
  close(tiles.nngp, nested(whole.nngp), 1e-13)
  close(tiles.ntk, nested(whole.ntk), 1e-13)
})

import { describe as describeNet, kernelFn, kernelOf } from '@ntk/kernels-analytic'
import { key, matmul, mul, normal, reshape, type Tensor, transpose } from '@ntk/tensor'
import { expect, test } from 'vitest'
import {
  AvgPool,
  Conv,
  ConvLocal,
  ConvTranspose,
  Dense,
  Flatten,
  GlobalAvgPool,
  GlobalSumPool,
  type Layer,
  Relu,
  SumPool,
  Swish,
  serial,
  Tanh,
} from '../src/index.js'
import { close } from './helpers.js'

const affine = { wStd: 1.3, bStd: 0.4 } as const
const x = normal(key(1), [4, 5, 4, 3])

/**
 * Channels are independent given the data, so that the mean over many of them of one random network has the kernel as its
 * expectation at any width: nothing but the number of channels limits how near it is.
 */
const channels = 30000
const conv = (options: object = {}): Layer =>
  Conv(channels, [2, 3], { ...affine, padding: 'SAME', ...options })

const layers: readonly (readonly [string, Layer])[] = [
  ['Conv', conv()],
  ['Conv without border', conv({ padding: 'VALID' })],
  ['Conv on a torus', conv({ padding: 'CIRCULAR' })],
  ['Conv with strides', conv({ strides: [2, 3] })],
  ['Conv with gaps', conv({ dilation: [2, 1] })],
  ['Conv, standard parameterization', conv({ parameterization: 'standard' })],
  ['ConvLocal', ConvLocal(12000, [2, 3], { ...affine, strides: [2, 1] })],
  ['ConvTranspose', ConvTranspose(channels, [3, 2], { ...affine, strides: [2, 1], padding: 'SAME' })],
  ['Relu', serial(conv(), Relu())],
  ['Tanh', serial(conv(), Tanh())],
  ['Swish', serial(conv(), Swish())],
  ['AvgPool', serial(conv(), AvgPool([2, 3], { strides: [2, 1] }))],
  [
    'AvgPool with normalized edges',
    serial(conv(), Relu(), AvgPool([3, 2], { padding: 'SAME', normalizeEdges: true })),
  ],
  ['SumPool behind Relu', serial(conv(), Relu(), SumPool([2, 2], { padding: 'CIRCULAR' }))],
]

const ends: readonly (readonly [string, Layer])[] = [
  ['Flatten', Flatten()],
  ['GlobalAvgPool', GlobalAvgPool()],
  ['GlobalSumPool', GlobalSumPool()],
]

/** The factor that fits h·h'/channels of one random network to the kernel best, and how far single entries are from it. */
async function fit(net: Layer): Promise<{ factor: number; error: number }> {
  const k = (await kernelFn(serial(net, Dense(1)))(x, null, { get: 'nngp' })).dataSync()
  const h = net.apply(net.init(key(7), [-1, 5, 4, 3]).params, x)
  const flat = reshape(h, [4, h.size / 4])
  const found = (mul(matmul(flat, transpose(flat)), 4 / h.size) as Tensor).dataSync()
  let [dot, square, off] = [0, 0, 0]
  for (let i = 0; i < k.length; i++) {
    const [a, b] = [found[i] as number, k[i] as number]
    dot += a * b
    square += b * b
    off += (a - b) ** 2
  }
  return { factor: dot / square, error: Math.sqrt(off / square) }
}

test.each(
  layers.flatMap(([name, layer]) => ends.map(([end, last]) => [name, end, serial(layer, last)] as const)),
)('many channels of %s and %s have the kernel as their mean', async (_, __, net) => {
  const { factor, error } = await fit(net)
  // The root of 2 over 30,000 is 0.8 %; a rule that is off by 2 % is not within it.
  expect(Math.abs(factor - 1)).toBeLessThan(0.015)
  expect(error).toBeLessThan(0.03)
})

test('behind ConvLocal different positions are independent, and its kernel is that of equal ones', async () => {
  const local = ConvLocal(12000, [2, 3], { ...affine, strides: [2, 1] })
  const { nngp, diagonalSpatial } = kernelOf(local, x)
  expect([nngp.shape, diagonalSpatial]).toEqual([[4, 4, 2, 2], true])
  expect(describeNet(local, [-1, 5, 4, 3], { get: 'nngp' }).resultBytes).toBe(8 * 4)
  const whole = await kernelFn(local)(x, null, { get: 'nngp' })
  close(whole, (nngp as Tensor).toNested(), 1e-14)
  // [n, positions, channels], and from it the covariances of all pairs of positions [n·p, n·p].
  const h = reshape(local.apply(local.init(key(7), [-1, 5, 4, 3]).params, x), [16, -1])
  const found = mul(matmul(h, transpose(h)), 1 / 12000).dataSync()
  const k = Array.from(whole.dataSync(), Number)
  const largest = Math.max(...k)
  for (let i = 0; i < 16; i++) {
    for (let j = 0; j < 16; j++) {
      const [p, q] = [i % 4, j % 4]
      const want = p === q ? (k[(Math.floor(i / 4) * 4 + Math.floor(j / 4)) * 4 + p] ?? 0) : 0
      // Five times √2 over the root of 12,000 channels.
      expect(Math.abs(Number(found[i * 16 + j]) - want)).toBeLessThan(0.065 * largest)
    }
  }
  // A layer behind it whose weights are shared makes them dependent again: by its bias, at the least.
  const shared = await kernelFn(serial(local, Dense(1, { wStd: 1, bStd: 0.5 })))(x, null, { get: 'nngp' })
  expect(shared.shape).toEqual([4, 4, 2, 2, 2, 2])
  expect(Number(shared.dataSync()[1])).toBeCloseTo(0.25, 12)
})

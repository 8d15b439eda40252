/** What the packages do on a GPU of CUDA in float64, on the stand-in of @ntk/backend-cuda: the same numbers as on the CPU. */
import { gradientDescentMse } from '@ntk/dynamics'
import { kernelFn, kernelOf } from '@ntk/kernels-analytic'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import { linearizedModel, momentum, train } from '@ntk/optim'
import {
  AvgPool,
  Conv,
  Dense,
  Erf,
  Flatten,
  Gelu,
  GlobalAvgPool,
  type Layer,
  LayerNorm,
  MaxPool,
  Relu,
  Sin,
  serial,
} from '@ntk/stax'
import { type Backend, key, normal, scope, type Tensor, toBackend, toHost, type Value } from '@ntk/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { backendOf } from '../src/backend.js'
import { compiler } from './stand-in/compiler.js'
import { type StandIn, standIn } from './stand-in/index.js'

const x = normal(key(1), [6, 4])
const images = normal(key(2), [3, 5, 5, 2])

let cuda: StandIn
let device: Backend
beforeAll(() => {
  cuda = standIn()
  device = backendOf(cuda.api, 0).backend
})

/** Largest difference, as a share of the largest number. */
function difference(got: Value, want: Value): number {
  expect(got.shape).toEqual(want.shape)
  const [numbers, expected] = [got, want].map((value) => Float64Array.from((value as Tensor).dataSync()))
  let [most, top] = [0, 0]
  numbers?.forEach((v, i) => {
    const e = expected?.[i] as number
    most = Math.max(most, Math.abs(v - e))
    top = Math.max(top, Math.abs(e))
  })
  return most / top
}

/** Largest difference between two trees, leaf by leaf. */
function treeDifference(got: unknown, want: unknown): number {
  const [a, b] = [leaves(got), leaves(want)]
  expect(a.length).toBe(b.length)
  expect(a.length).toBeGreaterThan(0)
  return Math.max(...a.map((leaf, i) => difference(leaf, b[i] as Tensor)))
}

describe.skipIf(compiler === null)('on CUDA in float64 (skipped without a C compiler)', () => {
  test.each<readonly [string, Layer, Tensor]>([
    ['ReLU', serial(Dense(8), Relu(), Dense(8), Relu(), Dense(2)), x],
    ['erf', serial(Dense(8, { wStd: 1.5, bStd: 0.1 }), Erf(), Dense(2)), x],
    ['sine after GELU', serial(Dense(8), Gelu(), Dense(8), Sin(), Dense(2)), x],
    ['LayerNorm', serial(Dense(8), Relu(), LayerNorm(), Dense(2)), x],
    [
      'convolutions and a pool',
      serial(Conv(4, [3, 3], { padding: 'SAME' }), Relu(), AvgPool([2, 2]), Flatten(), Dense(2)),
      images,
    ],
    [
      'a global pool',
      serial(Conv(4, [3, 3], { padding: 'CIRCULAR' }), Erf(), GlobalAvgPool(), Dense(2)),
      images,
    ],
  ])('%s has the exact kernels of the CPU', async (_, net, inputs) => {
    const launches = cuda.launches()
    const [there, here] = [await toBackend(inputs, device), await kernelFn(net)(inputs)]
    const got = await toHost(await kernelFn(net)(there))
    expect(difference(got.nngp, here.nngp)).toBeLessThan(1e-13)
    expect(difference(got.ntk, here.ntk)).toBeLessThan(1e-13)
    const record = await toHost(scope(() => kernelOf(net, there, null).ntk as Value))
    expect(difference(record, here.ntk)).toBeLessThan(1e-13)
    expect(cuda.launches()).toBeGreaterThan(launches)
  })

  test('a tile that does not fit is computed in parts that do, with the same numbers', async () => {
    const net = serial(Dense(8), Relu(), Dense(8), Erf(), Dense(1))
    const many = normal(key(8), [64, 3])
    const small = backendOf(standIn(200_000).api, 0).backend
    const splits: unknown[] = []
    const { ntk } = await kernelFn(net)(await toBackend(many, small), null, {
      get: ['ntk'],
      onProgress: ({ split }) => splits.push(split),
    })
    expect(splits.at(-1)).toBeDefined()
    expect(difference(await toHost(ntk), await kernelFn(net)(many, null, { get: 'ntk' }))).toBeLessThan(1e-13)
  })

  test.each(['structured-derivatives', 'jacobian-contraction', 'ntk-vector-products'] as const)(
    'a convolutional network has its empirical kernel by %s',
    async (implementation) => {
      const net = serial(Conv(3, [3, 3]), Relu(), MaxPool([2, 2]), Flatten(), Dense(2))
      const { params } = net.init(key(3), [-1, 5, 5, 2])
      const ntk = empiricalNtkFn(net.apply, { implementation })
      const there = await ntk(await toBackend(images, device), null, await toBackend(params, device))
      expect(difference(await toHost(there), await ntk(images, null, params))).toBeLessThan(1e-13)
    },
  )

  test('training, and its linearization, goes where it goes on the CPU', async () => {
    const net = serial(Dense(16), Relu(), Dense(1))
    const data = { x, y: normal(key(4), [6, 1]), params: net.init(key(0), [-1, 4]).params }
    const there = await toBackend(data, device)
    const options = { optimizer: momentum(0.1), steps: 30, batchSize: 3, key: key(6) }
    for (const linear of [false, true]) {
      const applyOf = (params: typeof data.params) =>
        linear ? linearizedModel(net.apply, params).apply : net.apply
      const far = await train({ ...there, ...options, apply: applyOf(there.params) })
      const near = await train({ ...data, ...options, apply: applyOf(data.params) })
      expect(treeDifference(await toHost(far.params), near.params)).toBeLessThan(1e-11)
    }
  })

  test('predictions are those of the CPU', async () => {
    const net = serial(Dense(8), Relu(), Dense(1))
    const y = normal(key(5), [6, 1])
    const fTrain0 = normal(key(7), [6, 1])
    const k = await kernelFn(net)(x, null, { get: 'ntk' })
    const options = { diagReg: 1e-4 }
    const at = { t: [0.5, 10, Number.POSITIVE_INFINITY] }
    const [far, targets] = [await toBackend(k, device), await toBackend(y, device)]
    const got = gradientDescentMse(
      far,
      targets,
      options,
    )({
      ...at,
      fTrain0: await toBackend(fTrain0, device),
    })
    expect(
      treeDifference(await toHost(got), gradientDescentMse(k, y, options)({ ...at, fTrain0 })),
    ).toBeLessThan(1e-11)
  })
})

/** The tensors of a tree, in order. */
function leaves(tree: unknown): Tensor[] {
  if (tree === null || typeof tree !== 'object') return []
  if ('dataSync' in tree) return [tree as Tensor]
  return Object.values(tree).flatMap(leaves)
}

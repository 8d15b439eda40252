/** What float32 costs on a device: float64 is refused by name wherever it is asked for, and kernels keep to stated bounds. */
import { tfjsBackend, useBackend } from '@ntk/backend-tfjs'
import { kernelFn } from '@ntk/kernels-analytic'
import { Conv, Dense, Erf, Flatten, type Layer, Relu, repeat, serial } from '@ntk/stax'
import {
  add,
  type Backend,
  cast,
  concatenate,
  eye,
  full,
  key,
  mul,
  normal,
  ones,
  setDefaultBackend,
  type Tensor,
  tensor,
  tensorFromData,
  toBackend,
  toHost,
  uniform,
  zeros,
} from '@ntk/tensor'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'

let device: Backend
beforeAll(async () => {
  device = await tfjsBackend({ device: 'wasm' })
})
afterEach(() => {
  setDefaultBackend(null)
})

const wide = normal(key(0), [3, 4])
const narrow = cast(wide, 'float32')

describe('float64 asked of a device of float32', () => {
  test.each<readonly [string, () => unknown]>([
    ['toBackend', () => toBackend(wide, device)],
    ['toBackend of parameters', () => toBackend(Dense(2).init(key(0), [-1, 4]).params, device)],
    ['tensorFromData', () => tensorFromData(new Float64Array(2), [2], device)],
    ['cast', async () => cast(await toBackend(narrow, device), 'float64')],
    ['cast of int32', async () => cast(await toBackend(tensor([1], { dtype: 'int32' }), device), 'float64')],
  ])('is refused by %s', async (_, ask) => {
    await expect((async () => ask())()).rejects.toMatchObject({
      code: 'unsupported',
      what: expect.stringContaining('tfjs-wasm'),
      got: 'float64',
      fix: expect.stringContaining('CPU backend'),
    })
  })

  test.each<readonly [string, () => unknown]>([
    ['tensor', () => tensor([1, 2])],
    ['zeros', () => zeros([2])],
    ['ones', () => ones([2])],
    ['full', () => full([2], 3)],
    ['eye', () => eye(2)],
    ['normal', () => normal(key(0), [2])],
    ['uniform', () => uniform(key(0), [2])],
    ['init of a network', () => Dense(2).init(key(0), [-1, 4])],
  ])('is refused by %s where new tensors are made there', async (_, ask) => {
    await useBackend('wasm')
    await expect((async () => ask())()).rejects.toMatchObject({
      code: 'unsupported',
      what: expect.stringContaining('tfjs-wasm'),
      got: 'float64',
      fix: expect.stringContaining('CPU backend'),
    })
  })
})

/** n layers of one kind before the readout. */
const networks = {
  'FC ReLU': (depth: number): Layer =>
    serial(repeat(serial(Dense(1, { wStd: Math.SQRT2, bStd: 0.1 }), Relu()), depth), Dense(1)),
  'FC erf': (depth: number): Layer =>
    serial(repeat(serial(Dense(1, { wStd: 1.5, bStd: 0.1 }), Erf()), depth), Dense(1)),
  CNN: (depth: number): Layer =>
    serial(
      repeat(serial(Conv(1, [3, 3], { padding: 'SAME', wStd: Math.SQRT2, bStd: 0.1 }), Relu()), depth),
      Flatten(),
      Dense(1),
    ),
}

/** The largest |there − here| over the pairs, as a share of √(K_ii K_jj), the scale of a pair: kernels may be 0. */
async function largestError(there: Tensor, here: Tensor): Promise<number> {
  expect(there.dtype).toBe('float32')
  const [got, want] = [(await toHost(there)).dataSync(), here.dataSync()]
  const n = here.shape[0] as number
  let worst = 0
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const scale = Math.sqrt((want[i * n + i] as number) * (want[j * n + j] as number))
      worst = Math.max(worst, Math.abs((got[i * n + j] as number) - (want[i * n + j] as number)) / scale)
    }
  }
  return worst
}

describe('kernels in float32 on a device beside float64 on the CPU', () => {
  /** Layers, the bound of the NNGP and of the NTK; about a third of each is measured, as the README has it. */
  test.each<readonly [keyof typeof networks, number, number, number]>([
    ['FC ReLU', 1, 3e-7, 3e-5],
    ['FC ReLU', 5, 8e-7, 1.5e-4],
    ['FC ReLU', 20, 4e-6, 5e-4],
    ['FC erf', 1, 5e-7, 1e-6],
    ['FC erf', 5, 1.5e-6, 3e-6],
    ['FC erf', 20, 5e-5, 2e-4],
    ['CNN', 1, 5e-7, 8e-6],
    ['CNN', 5, 8e-7, 1e-4],
    ['CNN', 20, 5e-7, 3e-4],
  ])('%s of %i layers', async (name, depth, nngpBound, ntkBound) => {
    const net = networks[name](depth)
    const shape = name === 'CNN' ? [3, 5, 5, 3] : [12, 16]
    const [apart, step] = [normal(key(1), shape), normal(key(2), shape)]
    // float32 loses most where inputs nearly agree
    const x = cast(concatenate([apart, add(apart, mul(step, 1e-3))], 0), 'float32')
    const here = await kernelFn(net)(cast(x, 'float64'))
    const there = await kernelFn(net)(await toBackend(x, device))
    expect(await largestError(there.nngp, here.nngp)).toBeLessThan(nngpBound)
    expect(await largestError(there.ntk, here.ntk)).toBeLessThan(ntkBound)
  })
})

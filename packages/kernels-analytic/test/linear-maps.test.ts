/** A linear map of the data is a linear map of their kernel: the kernel of mapped data is held against the map of the kernel. */
import { readFileSync } from 'node:fs'
import { type Tensor, tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  type IndexEntry,
  indexValue,
  inputKernel,
  type Kernel,
  type KernelStep,
  kernelFn,
  kernelOf,
  type ResizeMethod,
  resizeImage,
} from '../src/index.js'
import { sample } from './helpers.js'

const methods = ['nearest', 'linear', 'cubic', 'lanczos3', 'lanczos5'] as const

/** Equal to 1e-12 of the largest number: sums of weights of both signs may nearly vanish. */
function agree(got: Tensor, want: Tensor): void {
  expect(got.shape).toEqual(want.shape)
  const [a, b] = [got.dataSync(), want.dataSync()]
  const size = Math.max(...Array.from(b, Math.abs))
  b.forEach((v, i) => {
    if (!(Math.abs((a[i] as number) - v) <= 1e-12 * size)) expect.fail(`element ${i}: ${a[i]} is not ${v}`)
  })
}

function agreeAll(got: Kernel, want: Kernel): void {
  for (const name of ['nngp', 'cov1', 'cov2'] as const) {
    if (want[name] === null) expect(got[name]).toBeNull()
    else agree(got[name] as Tensor, want[name] as Tensor)
  }
  expect(got.shape1).toEqual(want.shape1)
  expect(got.shape2).toEqual(want.shape2)
}

interface Map {
  readonly name: string
  readonly shape: readonly number[]
  readonly step: KernelStep
  readonly apply: (x: Tensor) => Tensor
}

const resize = (
  shape: readonly number[],
  sizes: readonly number[],
  method: ResizeMethod,
  antialias: boolean,
): Map => ({
  name: `ImageResize ${method} of [${sizes}] to [${shape}]${antialias ? '' : ', no antialias'}`,
  shape: sizes,
  step: { kind: 'imageResize', shape, method, antialias },
  apply: (x) => resizeImage(x, { shape, method, antialias }),
})

const index = (idx: readonly IndexEntry[]): Map => ({
  name: `Index ${JSON.stringify(idx)}`,
  shape: [4, 3, 2],
  step: { kind: 'index', layer: 'Index', idx },
  apply: (x) => indexValue(x, idx),
})

const maps: readonly Map[] = [
  ...methods.flatMap((method) =>
    (method === 'cubic' ? [true, false] : [true]).flatMap((antialias) => [
      resize([-1, 2, 5, -1], [5, 3, 2], method, antialias),
      resize([-1, 3, -1], [7, 2], method, antialias),
      resize([-1, 2, -1, 1, -1], [3, 2, 2, 2], method, antialias),
    ]),
  ),
  index([[null], 1]),
  index([[null], [null], -1, [null]]),
  index([[null], 0, 2]),
  index([[null], [1, null], '...']),
  index(['...', [null, null, -1], [null]]),
  index([[null], [null, null, 2], [2, null, -2]]),
  index([[null], [-2], [5]]),
  index([[1, 3], 2]),
  index([[null, null, -1], [null], [1, null]]),
]

describe.each(maps)('$name', ({ shape, step, apply }) => {
  const x1 = sample(1, 4, ...shape)
  const x2 = sample(2, 3, ...shape)

  test.each([
    ['x1 with itself', null],
    ['x1 with x2', x2],
  ] as const)('%s', async (_, other) => {
    const mapped = inputKernel(apply(x1), other === null ? null : apply(other), { diagonalSpatial: false })
    agreeAll(kernelOf({ kernel: [step] }, x1, other), mapped)
    const { nngp, cov1, cov2 } = await kernelFn({ kernel: [step] })(x1, other, {
      get: ['nngp', 'cov1', 'cov2'],
      tile: 2,
    })
    agree(nngp, mapped.nngp as Tensor)
    agree(cov1, mapped.cov1 as Tensor)
    agree(cov2, (mapped.cov2 ?? mapped.cov1) as Tensor)
  })

  test('where only equal positions matter in the end', async () => {
    const flat = { kernel: [step, { kind: 'flatten' } as const] }
    const mapped = kernelOf({ kernel: [{ kind: 'flatten' }] }, apply(x1), apply(x2))
    agree(kernelOf(flat, x1, x2).nngp as Tensor, mapped.nngp as Tensor)
    agree(await kernelFn(flat)(x1, x2, { get: 'nngp', tile: 2 }), mapped.nngp as Tensor)
  })
})

interface Resized {
  readonly method: ResizeMethod
  readonly antialias: boolean
  readonly x: readonly number[]
  readonly y: readonly number[]
}

test('images are resized as by jax.image.resize', () => {
  const cases = JSON.parse(
    readFileSync(new URL('./reference/resize.json', import.meta.url), 'utf8'),
  ) as readonly Resized[]
  for (const { method, antialias, x, y } of cases) {
    const got = resizeImage(tensor(x), { shape: [y.length], method, antialias }).dataSync()
    y.forEach((v, i) => expect(got[i]).toBeCloseTo(v, 13))
  }
})

describe('what cannot be is refused by name', () => {
  const x = sample(3, 3, 4, 2)
  const run = (step: KernelStep): unknown => kernelOf({ kernel: [step] }, x)
  const at = (...idx: readonly IndexEntry[]): KernelStep => ({ kind: 'index', layer: 'Index', idx })
  const to = (...shape: readonly number[]): KernelStep => ({
    kind: 'imageResize',
    shape,
    method: 'linear',
    antialias: true,
  })

  test.each([
    ['one sample', at(0), /Index needs samples.*\[0, 1\] in place of 0/],
    ['some channels', at('...', [0, 1]), /Index takes all channels/],
    ['one channel', at([null], [null], 0), /Index takes all channels/],
    ['too many entries', at([null], 0, [null], 0), /one entry an axis, 3/],
    ['an element that is not there', at([null], 4), /no element 4 on an axis of 4/],
    ['nothing', at([null], [2, 2]), /nothing of axis 1/],
    ['other channels', to(-1, 3, 4), /resizes positions only/],
    ['other samples', to(2, 3, -1), /resizes positions only/],
    ['other axes', to(-1, 3), /as many axes/],
  ] as const)('%s', (_, step, message) => {
    expect(() => run(step)).toThrow(message)
  })

  test('resizing without the covariances of pairs of positions', () => {
    const { kernel } = { kernel: [to(-1, 2, -1), { kind: 'flatten' } as const] }
    expect(() => kernelOf({ kernel }, x)).not.toThrow()
  })
})

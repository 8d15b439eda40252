import { readFileSync } from 'node:fs'
import { describe as describeNet, kernelFn, kernelOf } from '@ntk/kernels-analytic'
import { eigh, key, mul, normal, reshape, type Tensor, tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  AvgPool,
  Conv,
  FanInSum,
  FanOut,
  Flatten,
  GlobalAvgPool,
  Identity,
  type Layer,
  LayerNorm,
  named,
  parallel,
  Relu,
  serial,
} from '../src/index.js'

interface Case {
  readonly name: string
  readonly wVar: number
  readonly bVar: number
  readonly end: 'flatten' | 'pool'
  readonly depth: number
  readonly nngp: readonly number[]
  readonly ntk: readonly number[]
}

/** See `about` in the file. */
const reference = JSON.parse(
  readFileSync(new URL('./reference/space-depth.json', import.meta.url), 'utf8'),
) as {
  readonly shape: readonly [number, number, number]
  readonly x: readonly (readonly number[])[]
  readonly cases: readonly Case[]
}
const n = reference.x.length
const x = reshape(tensor(reference.x as number[][]), [n, ...reference.shape])

const conv = (wVar: number, bVar: number): Layer =>
  Conv(1, [3, 3], { wStd: Math.sqrt(wVar), bStd: bVar === 0 ? null : Math.sqrt(bVar), padding: 'SAME' })

function netOf({ wVar, bVar, depth, end }: Case, wrap: (layer: Layer, k: number) => Layer): Layer {
  const body = Array.from({ length: depth }, (_, k) => serial(conv(wVar, bVar), wrap(Relu(), k)))
  return serial(...body, end === 'flatten' ? Flatten() : GlobalAvgPool())
}

const whole = (triangle: readonly number[]): number[][] =>
  Array.from({ length: n }, (_, i) =>
    Array.from(
      { length: n },
      (__, j) => triangle[(Math.max(i, j) * (Math.max(i, j) + 1)) / 2 + Math.min(i, j)] as number,
    ),
  )

const spectrum = (k: Tensor): number[] => [...(eigh(k).values as Tensor).dataSync()].sort((a, b) => b - a)

/** Of the largest number, a layer: float64 holds no entry better than 1e-16 of that. */
const perLayer = 1e-15

function expectExact(got: Tensor, triangle: readonly number[], depth: number): void {
  const want = whole(triangle)
  const largest = Math.max(...triangle)
  const numbers = got.toNested() as number[][]
  const bound = perLayer * depth * largest
  want.forEach((row, i) =>
    row.forEach((value, j) => expect(Math.abs((numbers[i]?.[j] as number) - value)).toBeLessThan(bound)),
  )
  const [a, b] = [spectrum(got), spectrum(tensor(want))]
  a.forEach((value, i) => expect(Math.abs(value - (b[i] as number))).toBeLessThan(bound * n))
}

describe.each(reference.cases)('$name at depth $depth, $end: nearly equal images', (own) => {
  test('in one piece', async () => {
    const net = netOf(own, (layer) => layer)
    expect(describeNet(net, x.shape).way).toBe('space')
    const { nngp, ntk } = await kernelFn(net)(x)
    expectExact(nngp, own.nngp, own.depth)
    expectExact(ntk, own.ntk, own.depth)
  })

  test('in plain ops', () => {
    const { nngp, ntk } = kernelOf(
      netOf(own, (layer) => layer),
      x,
    )
    expectExact(nngp as Tensor, own.nngp, own.depth)
    expectExact(ntk as Tensor, own.ntk, own.depth)
  })

  // A name that is asked for inside of a run sends it layer by layer.
  test('layer by layer', async () => {
    const name = `layer${own.depth - 1}`
    const net = serial(
      netOf(own, (layer, k) => named(`layer${k}`, layer)),
      named('end', Flatten()),
    )
    const kernels = await kernelFn(net)(x, null, { at: ['end', name] })
    expectExact(kernels.end?.nngp as Tensor, own.nngp, own.depth)
    expectExact(kernels.end?.ntk as Tensor, own.ntk, own.depth)
  })
})

/** Images, some of which are nearly equal, or but for their brightness. */
function nearImages(): Tensor {
  const [first, other] = [normal(key(5), [1, 5, 6, 2]), normal(key(6), [1, 5, 6, 2])]
  const data = [...first.dataSync()]
  const noise = [...other.dataSync()]
  const near = [2 ** -4, 2 ** -10, 2 ** -20].map((s) => data.map((v, k) => v + s * (noise[k] as number)))
  const all = [data, ...near, noise, [...mul(first, 1 + 2 ** -7).dataSync()]]
  return reshape(tensor(all), [all.length, 5, 6, 2])
}

const small = { wStd: 1, bStd: 0.4, padding: 'SAME' } as const
const residual = (main: Layer): Layer => serial(FanOut(2), parallel(main, Identity()), FanInSum())
const twelve = (layer: Layer): Layer[] => Array.from({ length: 12 }, () => layer)

/** Networks whose images draw together, with all that deficits go through. */
const bodies: (readonly [string, Layer])[] = [
  [
    'strides and a window of even size',
    serial(
      ...twelve(serial(Conv(1, [2, 3], small), Relu())),
      Conv(1, [3, 3], { ...small, strides: [2, 1] }),
      Relu(),
    ),
  ],
  [
    'windows without padding',
    serial(
      ...twelve(serial(Conv(1, [3, 3], small), Relu())),
      Conv(1, [3, 2], { wStd: 1, bStd: 0.4 }),
      Relu(),
    ),
  ],
  [
    'windows one after the other',
    serial(...twelve(serial(Conv(1, [3, 3], small), Conv(1, [1, 3], small), Relu()))),
  ],
]

/** In sums, behind norms and behind pools only the run in one piece carries them. */
const inRuns: (readonly [string, Layer])[] = [
  [
    'residual blocks',
    serial(Conv(1, [3, 3], small), ...twelve(residual(serial(Relu(), Conv(1, [3, 3], small)))), Relu()),
  ],
  ['norms', serial(...twelve(serial(Conv(1, [3, 3], small), LayerNorm(), Relu())))],
  [
    'a pool',
    serial(
      Conv(1, [3, 3], small),
      Relu(),
      AvgPool([2, 2]),
      ...twelve(serial(Conv(1, [3, 3], small), Relu())),
    ),
  ],
]

describe.each([
  ...bodies.map(([name, body]) => [name, body, 1e-13] as const),
  ...inRuns.map(([name, body]) => [name, body, 1e-8] as const),
])('%s', (_, body, tol) => {
  test.each([
    ['Flatten', Flatten()],
    ['GlobalAvgPool', GlobalAvgPool()],
  ])('%s: in one piece as in plain ops', async (__, end) => {
    const net = serial(body, end)
    const images = nearImages()
    expect(describeNet(net, images.shape).way).toBe('space')
    const { nngp, ntk } = await kernelFn(net)(images)
    const plain = kernelOf(net, images)
    for (const [got, want, bound] of [
      [nngp, plain.nngp, 1e-13],
      [ntk, plain.ntk, tol],
    ] as const) {
      const [a, b] = [got.dataSync(), (want as Tensor).dataSync()]
      const largest = Math.max(...b)
      a.forEach((v, k) => expect(Math.abs(v - (b[k] as number))).toBeLessThan(bound * largest))
    }
  })
})

/** Images with black places: one, and others that differ from it there alone, by less than products tell, which have the same bits. */
function blackImages(): Tensor {
  const data = [...normal(key(7), [1, 5, 6, 2]).dataSync()].map((v, k) => (k % 4 < 2 ? 0 : v))
  const faint = [2 ** -28, 2 ** -34].map((s) => data.map((v, k) => (k % 4 === 0 ? s * (1 + (k % 3)) : v)))
  return reshape(tensor([data, ...faint]), [3, 5, 6, 2])
}

describe.each([
  ['Flatten', Flatten()],
  ['GlobalAvgPool', GlobalAvgPool()],
])('%s', (_, end) => {
  test('an angle that products of pixels do not show is not taken for none', async () => {
    const net = serial(...twelve(serial(Conv(1, [3, 3], { wStd: 1.4, padding: 'SAME' }), Relu())), end)
    const { nngp, ntk } = await kernelFn(net)(blackImages())
    const plain = kernelOf(net, blackImages())
    expect(plain.nngp.dtype).toBe('float64')
    for (const [got, want] of [
      [nngp, plain.nngp],
      [ntk, plain.ntk],
    ] as const) {
      const [a, b] = [got.dataSync(), (want as Tensor).dataSync()]
      const largest = Math.max(...b)
      a.forEach((v, k) => expect(Math.abs(v - (b[k] as number))).toBeLessThan(1e-13 * largest))
    }
    const [first, second] = ntk.toNested() as number[][]
    expect((first?.[0] as number) - (second?.[0] as number)).toBeGreaterThan(1e-11 * (first?.[0] as number))
  })
})

test('a pair has the same bits beside any others, be they dark', async () => {
  const wide = { wStd: 1.4, bStd: 0.1, padding: 'SAME' } as const
  const net = serial(...twelve(serial(Conv(1, [3, 3], wide), Relu())), GlobalAvgPool())
  const [first, noise] = [normal(key(5), [60]).dataSync(), normal(key(6), [60]).dataSync()]
  const near = Array.from({ length: 10 }, (_, k) =>
    [...first].map((v, at) => v + 2 ** (-k / 2) * (noise[at] as number)),
  )
  const dark = Array.from({ length: 10 }, () => [...first].map((v) => v / 64))
  const kernelsOf = (x: number[][]) => kernelFn(net)(reshape(tensor(x), [x.length, 5, 6, 2]))
  const [alone, beside] = [await kernelsOf(near), await kernelsOf([...near, ...dark])]
  for (const name of ['nngp', 'ntk'] as const) {
    const some = (beside[name].toNested() as number[][]).slice(0, 10).map((row) => row.slice(0, 10))
    expect(some).toEqual(alone[name].toNested())
  }
})

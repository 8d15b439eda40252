import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { grad } from '@ntk/autodiff'
import {
  describe as describeKernel,
  hyperparameters,
  hyperparameterTensors,
  type Kernel,
  kernelFn,
  kernelOf,
  namesOf,
  pairDiagonal,
} from '@ntk/kernels-analytic'
import {
  add,
  cpuBackend,
  key,
  mul,
  normal,
  sum,
  type Tensor,
  tensorFromData,
  transpose,
  type Value,
} from '@ntk/tensor'
import { memorySink } from '@ntk/tiles'
import { npyFiles } from '@ntk/tiles/node'
import { describe, expect, expectTypeOf, onTestFinished, test, vi } from 'vitest'
import {
  Conv,
  Dense,
  Erf,
  FanInSum,
  FanOut,
  Flatten,
  fromSpec,
  Gelu,
  GlobalAvgPool,
  Identity,
  type Layer,
  MaxPool,
  named,
  parallel,
  Relu,
  repeat,
  serial,
} from '../src/index.js'
import { close, messageOf } from './helpers.js'

const affine = { wStd: 1.4, bStd: 0.3 } as const
const x1 = normal(key(1), [7, 5])
const x2 = normal(key(2), [4, 5])
const images1 = normal(key(3), [3, 4, 5, 2])
const images2 = normal(key(4), [2, 4, 5, 2])
const get = ['nngp', 'ntk', 'cov1', 'cov2'] as const

const equal = (got: Tensor, want: Value, tol = 1e-12): void => close(got, (want as Tensor).toNested(), tol)

/** Kernels of the layers of a list behind each of them, in one pass and by networks that end there. */
async function agree(
  layers: readonly Layer[],
  sides: readonly (readonly [Tensor, Tensor | null])[],
): Promise<void> {
  const names = layers.map((_, i) => `layer-${i}`)
  const net = serial(...layers.map((layer, i) => named(`layer-${i}`, layer)))
  for (const [a, b] of sides) {
    for (const tile of [undefined, 2]) {
      const results = await kernelFn(net)(a, b, { get, at: names, tile })
      for (const [i, name] of names.entries()) {
        const own = await kernelFn(serial(...layers.slice(0, i + 1)))(a, b, { get })
        for (const what of get) equal(results[name]?.[what] as Tensor, own[what])
      }
    }
  }
}

const vectors = [
  [x1, null],
  [x1, x2],
] as const
const images = [
  [images1, null],
  [images1, images2],
] as const

describe('kernels behind named layers are those of networks that end there', () => {
  test('runs on vectors', () =>
    agree([Dense(8, affine), Relu(), Dense(8, affine), Erf(), Dense(1, affine)], vectors))

  test('layers that are no run, and a run that follows', () =>
    agree([Dense(8, affine), Gelu(), Dense(8), Relu(), Dense(4), Relu(), Dense(1, affine)], vectors))

  test('data that are made vectors first', () =>
    agree([Flatten(), Dense(8, affine), Relu(), Dense(8, affine)], images))

  test('all pairs of positions, and what is left of them', () =>
    agree(
      [
        Conv(8, [3, 3], { ...affine, padding: 'SAME' }),
        Relu(),
        Conv(8, [2, 3], affine),
        Relu(),
        GlobalAvgPool(),
        Dense(2),
      ],
      images,
    ))

  test('vectors behind a run in space', async () => {
    const body = serial(Conv(8, [3, 3], { ...affine, padding: 'SAME' }), Relu())
    for (const end of [Flatten(), GlobalAvgPool()]) {
      const net = serial(body, named('end', end), named('hidden', serial(Dense(4, affine), Relu())), Dense(1))
      for (const [a, b] of images) {
        const results = await kernelFn(net)(a, b, { get, at: ['end', 'hidden'] })
        expect(describeKernel(net, [-1, 4, 5, 2], { at: ['end', 'hidden'] }).way).toBe('space')
        const [short, longer] = [serial(body, end), serial(body, end, Dense(4, affine), Relu())]
        for (const what of get) {
          equal(results.end[what], (await kernelFn(short)(a, b, { get }))[what])
          equal(results.hidden[what], (await kernelFn(longer)(a, b, { get }))[what])
        }
      }
    }
  })

  test('equal positions alone where nothing further on needs pairs of them', async () => {
    const conv = Conv(8, [3, 3], { ...affine, padding: 'SAME' })
    const net = serial(named('conv', conv), Relu(), Flatten(), Dense(1))
    const [at, whole] = [
      await kernelFn(net)(images1, images2, { get: 'ntk', at: 'conv' }),
      await kernelFn(conv)(images1, images2, { get: 'ntk' }),
    ]
    expect(at.shape).toEqual([3, 2, 4, 5])
    equal(at, pairDiagonal(pairDiagonal(whole, 2), 3))
    const both = kernelOf(net, images1, images2, { at: 'conv' })
    equal(at, both.ntk as Tensor)
  })

  test('inside of branches', async () => {
    const branch = serial(Relu(), Dense(8, affine))
    const net = serial(
      Dense(8, affine),
      FanOut(2),
      parallel(Identity(), named('branch', branch)),
      named('sum', FanInSum()),
      Relu(),
      Dense(1),
    )
    const first = serial(Dense(8, affine), branch)
    const second = serial(Dense(8, affine), FanOut(2), parallel(Identity(), branch), FanInSum())
    for (const [a, b] of vectors) {
      const results = await kernelFn(net)(a, b, { get, at: ['sum', 'branch'] })
      for (const what of get) {
        equal(results.branch[what], (await kernelFn(first)(a, b, { get }))[what])
        equal(results.sum[what], (await kernelFn(second)(a, b, { get }))[what])
      }
      equal(await kernelFn(net)(a, b, { get: 'ntk', at: 'branch' }), results.branch.ntk)
    }
  })

  test('padding', async () => {
    const numbers = Float64Array.from(images1.dataSync())
    numbers.fill(7, 0, 12)
    numbers.fill(7, 40, 80)
    const holes = tensorFromData(numbers, images1.shape)
    const conv = Conv(8, [3, 3], { ...affine, padding: 'SAME' })
    const net = serial(
      named('conv', conv),
      Relu(),
      GlobalAvgPool(),
      named('head', Dense(1, affine)),
      Relu(),
      Dense(1),
    )
    const { conv: first, head } = await kernelFn(net)(holes, null, { at: ['conv', 'head'], maskConstant: 7 })
    equal(first.ntk, (await kernelFn(conv)(holes, null, { maskConstant: 7 })).ntk)
    const short = serial(conv, Relu(), GlobalAvgPool(), Dense(1, affine))
    equal(head.ntk, (await kernelFn(short)(holes, null, { maskConstant: 7 })).ntk)
  })

  test('of inputs that are nearly equal, to the digits of a network that ends there, at any depth', async () => {
    const apart = mul(normal(key(2), [6, 10]), 1e-6)
    const x = add(normal(key(1), [1, 10]), apart)
    for (const bStd of [0, 0.1]) {
      const dense = Dense(1, { wStd: Math.SQRT2, bStd })
      const names = [1, 10, 40].flatMap((i) => [`dense.${i}`, `relu.${i}`])
      const net = serial(repeat(serial(named('dense', dense), named('relu', Relu())), 40), Dense(1))
      const results = await kernelFn(net)(x, null, { get: 'ntk', at: names })
      for (const name of names) {
        const [kind, depth] = name.split('.') as [string, string]
        const layers = Array.from({ length: Number(depth) }, () => [dense, Relu()]).flat()
        const own = serial(...(kind === 'relu' ? layers : layers.slice(0, -1)))
        // Θ of pairs less that of a sample with itself is of the order of their angle: 1e-6 of it.
        equal(results[name] as Tensor, await kernelFn(own)(x, null, { get: 'ntk' }), 1e-11)
      }
    }
  })

  test('float32 rounds once', async () => {
    const net = serial(named('first', serial(Dense(8, affine), Relu())), Dense(1))
    const single = normal(key(1), [5, 3], { dtype: 'float32' })
    const at = await kernelFn(net)(single, null, { get: 'ntk', at: 'first' })
    expect(at.dtype).toBe('float32')
    equal(at, await kernelFn(serial(Dense(8, affine), Relu()))(single, null, { get: 'ntk' }), 0)
  })

  test('channels before positions', async () => {
    const conv = Conv(8, [3, 2], { ...affine, dimensionNumbers: ['NCHW', 'HWIO', 'NCHW'] })
    const net = serial(named('conv', conv), Relu(), GlobalAvgPool({ channelAxis: 1 }), Dense(1))
    const x = transpose(images1, [0, 3, 1, 2])
    equal(
      (await kernelFn(net)(x, null, { at: ['conv'] })).conv.ntk,
      (await kernelFn(conv)(x, null, { get: 'ntk' })) as Tensor,
    )
    const { shape1, batchAxis, channelAxis } = kernelOf(net, x, null, { at: 'conv' })
    expect([shape1, batchAxis, channelAxis]).toEqual([[3, 8, 2, 4], 0, 1])
  })
})

describe('repeat', () => {
  const block = serial(Dense(8, affine), Relu())
  const n = 6

  test('gives the kernels of all its depths', async () => {
    const net = serial(repeat(named('block', block), n), Dense(1))
    const names = namesOf(net, 'block')
    expect(names).toEqual(['block.1', 'block.2', 'block.3', 'block.4', 'block.5', 'block.6'])
    for (const [a, b] of vectors) {
      const results = await kernelFn(net)(a, b, { get, at: names })
      for (const [i, name] of names.entries()) {
        const own = await kernelFn(repeat(block, i + 1))(a, b, { get })
        for (const what of get) equal(results[name]?.[what] as Tensor, own[what])
      }
    }
  })

  /** How many steps of runs the engine is asked for. */
  function countRuns(): () => number {
    const spy = vi.spyOn(cpuBackend().composites, 'dualStack')
    onTestFinished(() => spy.mockRestore())
    return () =>
      spy.mock.calls.reduce(
        (total, [, { steps }]) => total + steps.filter(({ kind }) => kind !== 'stop').length,
        0,
      )
  }

  test('at the cost of the deepest: each step of a run is made once', async () => {
    const net = serial(repeat(named('block', block), n), named('readout', Dense(1)), Relu(), Dense(1))
    const count = countRuns()
    await kernelFn(net)(x1, null, { at: namesOf(net) })
    expect(count()).toBe(2 * n + 1)
  })

  test('and so is each of other steps', async () => {
    let evaluated = 0
    const own: Layer = {
      ...Identity(),
      kernel: [
        {
          kind: 'map',
          name: 'counted',
          map: (kernel: Kernel) => {
            evaluated += 1
            return kernel
          },
        },
      ],
    }
    const counted = serial(named('block', serial(Conv(4, [2, 2], { padding: 'SAME' }), own, Relu())))
    const net = serial(repeat(counted, n), GlobalAvgPool(), Dense(1))
    // One tile, and the names behind the third are not asked for.
    await kernelFn(net)(images1, null, { at: ['block.3', 'block.1'], tile: 3 })
    const inTiles = evaluated
    evaluated = 0
    await kernelFn(serial(repeat(counted, 3), GlobalAvgPool()))(images1, null, { tile: 3 })
    expect(inTiles).toBe(evaluated)
    evaluated = 0
    kernelOf(net, images1, null, { at: namesOf(net) })
    expect(evaluated).toBe(n)
  })

  test('numbers names of repeats in repeats, the outer one first', () => {
    const inner = repeat(named('block', Dense(2)), 2)
    expect(namesOf(serial(repeat(inner, 2), named('end', Relu())))).toEqual([
      'block.1.1',
      'block.1.2',
      'block.2.1',
      'block.2.2',
      'end',
    ])
    const once = fromSpec(['repeat', { n: 1 }, ['named', { name: 'block' }, ['Relu']]])
    expect(namesOf(once)).toEqual(['block.1'])
  })
})

describe('kernelOf', () => {
  const net = serial(
    named('first', serial(Dense(8, affine), Erf())),
    named('second', Dense(3, affine)),
    Relu(),
  )
  const short = serial(Dense(8, affine), Erf())

  test('gives the record behind each name, with gradients in hyperparameters and inputs', () => {
    const { first, second } = kernelOf(net, x1, x2, { at: ['second', 'first'] })
    equal(first.nngp as Tensor, kernelOf(short, x1, x2).nngp)
    expect([first.isGaussian, second.isGaussian]).toEqual([false, true])
    expect([first.shape1, second.shape1]).toEqual([
      [7, 8],
      [7, 3],
    ])
    const ofNet = grad((tree: ReturnType<typeof hyperparameterTensors>) =>
      sum(kernelOf(net, x1, x2, { at: 'first', hyperparameters: tree }).ntk as Value),
    )(hyperparameterTensors(hyperparameters(net)))
    const ofShort = grad((tree: ReturnType<typeof hyperparameterTensors>) =>
      sum(kernelOf(short, x1, x2, { hyperparameters: tree }).ntk as Value),
    )(hyperparameterTensors(hyperparameters(short)))
    equal(ofNet[0]?.wStd as Tensor, ofShort[0]?.wStd as Tensor)
    const slope = (net: Layer, at?: 'first'): Tensor =>
      grad((x: Value) => sum(kernelOf(net, x as Tensor, x2, { at }).ntk as Value))(x1) as Tensor
    equal(slope(net, 'first'), slope(short))
  })

  test('reads hyperparameters of the whole network', () => {
    const tree = hyperparameters(net).slice(1)
    expect(messageOf(() => kernelOf(net, x1, null, { at: 'first', hyperparameters: tree }))).toMatch(
      /tree: .*one record a step/s,
    )
  })
})

test('a sink has an array for each name', async () => {
  const root = mkdtempSync(join(tmpdir(), 'ntk-named-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const net = serial(named('first', serial(Dense(8, affine), Relu())), named('second', Dense(1)))
  const paths = {
    'ntk.first': join(root, 'ntk.first.npy'),
    'ntk.second': join(root, 'ntk.second.npy'),
  }
  const files = await kernelFn(net)(x1, null, {
    get: 'ntk',
    at: ['first', 'second'],
    tile: 3,
    sink: npyFiles(paths),
  })
  const memory = await kernelFn(net)(x1, null, { get: 'ntk', at: ['first', 'second'] })
  equal(await files.toTensor('ntk.first'), memory.first)
  equal(await files.toTensor('ntk.second'), memory.second)
})

test('describe tells what the names take', () => {
  const conv = Conv(8, [3, 3], { padding: 'SAME' })
  const net = serial(named('conv', conv), Relu(), named('flat', Flatten()), Dense(1), MaxPool([2, 2]))
  const { resultBytes, layers } = describeKernel(net, [-1, 4, 5, 2], {
    n1: 6,
    at: ['conv', 'flat'],
    get: 'ntk',
  })
  expect(resultBytes).toBe(8 * 36 * (20 + 1))
  expect(layers.map(({ name }) => name)).toEqual(['Conv', 'named conv', 'Relu', 'Flatten', 'named flat'])
})

test('names change nothing where they are not asked for, and a layer behind the last one need not have a kernel', async () => {
  const body = [Dense(8, affine), Relu(), Dense(8, affine)] as const
  const [plain, marked] = [serial(...body), serial(named('a', body[0]), named('b', serial(body[1], body[2])))]
  equal((await kernelFn(marked)(x1)).ntk, (await kernelFn(plain)(x1)).ntk, 0)
  expect(describeKernel(marked, [-1, 5]).way).toBe('vectors')
  const { params } = marked.init(key(5), [-1, 5])
  const again = fromSpec(JSON.parse(JSON.stringify(marked.spec)))
  equal(again.apply(params, x1), marked.apply(params, x1), 0)
  const end = serial(named('conv', Conv(4, [2, 2])), MaxPool([2, 2]))
  expect(kernelOf(end, images1, null, { at: 'conv' }).shape1).toEqual([3, 3, 4, 4])
  expect((await kernelFn(end)(images1, null, { get: 'ntk', at: 'conv' })).shape).toEqual([3, 3, 3, 3, 4, 4])
})

test('results are typed by name', async () => {
  const net = serial(named('a', Dense(8)), named('b', Dense(1)))
  const both = await kernelFn(net)(x1, null, { get: 'ntk', at: ['a', 'b'] })
  expectTypeOf(both).toEqualTypeOf<{ readonly a: Tensor; readonly b: Tensor }>()
  const one = await kernelFn(net)(x1, null, { get: ['ntk'], at: 'b' })
  expectTypeOf(one).toEqualTypeOf<{ readonly ntk: Tensor }>()
  expectTypeOf(await kernelFn(net)(x1)).toEqualTypeOf<{ readonly nngp: Tensor; readonly ntk: Tensor }>()
  const perhaps: string | undefined = namesOf(net)[1]
  const either = await kernelFn(net)(x1, null, { get: 'ntk', at: perhaps, sink: memorySink })
  expectTypeOf(either.names).toEqualTypeOf<readonly ('ntk' | `ntk.${string}`)[]>()
  expectTypeOf(kernelOf(net, x1)).toEqualTypeOf<Kernel>()
  expectTypeOf(kernelOf(net, x1, null, { at: ['a'] })).toEqualTypeOf<{ readonly a: Kernel }>()
  equal(add(both.b, 0), one.ntk)
})

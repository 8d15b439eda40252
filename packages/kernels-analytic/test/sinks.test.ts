import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cast, NtkError, slice, type Tensor } from '@ntk/tensor'
import { readNpy } from '@ntk/tensor/node'
import { directory, npyFiles, openDirectory } from '@ntk/tiles/node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type KernelNet, kernelFn, type Tree, type TreeNet } from '../src/index.js'
import { deep, dense, general, netOf, sample } from './helpers.js'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ntk-kernel-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A network that goes step by step, and knows its name. */
const named = (net: KernelNet): KernelNet => Object.assign(general(net), { spec: ['step by step'] })
const relu = deep(['Relu'], 3)
const head = [dense(1.4, 0.1), ['Relu'], dense(1.2, 0.2)]

const bits = async (x: Tensor): Promise<string> => {
  const data = await x.data()
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
}

const get = ['nngp', 'ntk', 'cov1', 'cov2'] as const

const cases = [
  ['vectors, fused', relu, sample(1, 23, 6), sample(2, 9, 6)],
  ['erf, fused', deep(['Erf'], 2), sample(1, 23, 6), sample(2, 9, 6)],
  ['vectors, step by step', named(relu), sample(1, 23, 6), sample(2, 9, 6)],
  [
    'images that stay images',
    named(netOf(['serial', ...head])),
    sample(3, 7, 3, 2, 4),
    sample(4, 4, 3, 2, 4),
  ],
  [
    'images flattened at the end',
    named(netOf(['serial', ...head, ['Flatten']])),
    sample(3, 7, 3, 2, 4),
    sample(4, 4, 3, 2, 4),
  ],
] as const

describe.each(cases)('%s', (_, net, x, y) => {
  test.each([
    ['float64', 'with itself'],
    ['float64', 'with another set'],
    ['float32', 'with itself'],
    ['float32', 'with another set'],
  ] as const)(
    '%s, a set %s: files and directories have the bits of the kernel in memory',
    async (dtype, other) => {
      const [x1, x2] = [cast(x, dtype), other === 'with itself' ? null : cast(y, dtype)]
      const root = folder()
      const memory = await kernelFn(net)(x1, x2, { get, tile: 3 })
      const paths = Object.fromEntries(get.map((name) => [name, join(root, `${name}.npy`)]))
      const files = await kernelFn(net)(x1, x2, { get, tile: 3, sink: npyFiles(paths) })
      const sink = directory(join(root, 'tiles'))
      await kernelFn(net)(x1, x2, { get, tile: 3, sink, shard: '2/2' })
      const tiles = await kernelFn(net)(x1, x2, { get, tile: 3, sink, shard: '1/2' })
      expect(tiles.complete).toBe(true)
      for (const name of get) {
        const want = await bits(memory[name])
        expect(files.shape(name)).toEqual(memory[name].shape)
        expect(await bits(await files.toTensor(name))).toBe(want)
        expect(await bits(await readNpy(paths[name] as string))).toBe(want)
        expect(await bits(await tiles.toTensor(name))).toBe(want)
        const rows = await bits(slice(memory[name], [1, 4]))
        expect(await bits(await tiles.readRows(name, 1, 4))).toBe(rows)
        expect(await bits(await files.readRows(name, 1, 4))).toBe(rows)
      }
    },
  )
})

describe('a network of several inputs and values', () => {
  const branch = (wStd: number): KernelNet['kernel'] =>
    netOf(['serial', dense(wStd, 0.1), ['Relu'], dense(1)]).kernel
  const sum = { kind: 'fanInSum' } as const
  const net: TreeNet = {
    inputs: 'tree',
    outputs: 'many',
    kernel: [
      {
        kind: 'parallel',
        branches: [
          branch(1.4),
          [{ kind: 'parallel', branches: [branch(1.2), branch(1.1)] }, sum, { kind: 'name', name: 'joined' }],
        ],
      },
    ],
  }
  const inputs = (seed: number): readonly [Tensor, readonly [Tensor, Tensor]] => [
    sample(seed, 7, 3),
    [sample(seed + 1, 7, 2), sample(seed + 2, 7, 4)],
  ]
  const [x1, x2] = [inputs(1), inputs(4)]

  test.each([null, x2])('files and directories have the bits of the kernels in memory', async (other) => {
    const root = folder()
    const memory = (await kernelFn(net)(x1, other, { get: ['nngp', 'ntk'], tile: 3 })) as readonly {
      readonly [name: string]: Tensor
    }[]
    const names = ['nngp.0', 'ntk.0', 'nngp.1', 'ntk.1'] as const
    const paths = Object.fromEntries(names.map((name) => [name, join(root, name)]))
    const files = await kernelFn(net)(x1, other, { tile: 3, sink: npyFiles(paths) })
    const sink = directory(join(root, 'tiles'))
    await kernelFn(net)(x1, other, { tile: 3, sink, shard: '2/2' })
    const tiles = await kernelFn(net)(x1, other, { tile: 3, sink, shard: '1/2' })
    expect(tiles.complete).toBe(true)
    for (const [i, result] of memory.entries()) {
      for (const name of ['nngp', 'ntk'] as const) {
        const want = await bits(result[name] as Tensor)
        expect(await bits(await files.toTensor(`${name}.${i}`))).toBe(want)
        expect(await bits(await readNpy(paths[`${name}.${i}`] as string))).toBe(want)
        expect(await bits(await tiles.toTensor(`${name}.${i}`))).toBe(want)
        expect(await bits(await tiles.readRows(`${name}.${i}`, 1, 4))).toBe(
          await bits(slice(result[name] as Tensor, [1, 4])),
        )
      }
    }
    const named = await kernelFn(net)(x1, other, {
      tile: 3,
      at: 'joined',
      get: 'ntk',
      sink: directory(join(root, 'at')),
    })
    expect(await bits(await named.toTensor('ntk.joined'))).toBe(await bits(memory[1]?.ntk as Tensor))
  })

  test('a directory knows every input', async () => {
    const sink = directory(join(folder(), 'tiles'))
    const call = (x: Tree<Tensor>): Promise<unknown> => kernelFn(net)(x, null, { get: 'ntk', tile: 3, sink })
    await call(x1)
    const counted: number[] = []
    await kernelFn(net)(x1, null, { get: 'ntk', tile: 3, sink, onProgress: ({ kept }) => counted.push(kept) })
    expect(counted).toEqual([34])
    const [first, [second]] = x1
    expect(await code(call([first, [second, sample(99, 7, 4)]]))).toMatch(/x1/)
  })
})

const code = async (run: Promise<unknown>): Promise<string> => {
  const error: unknown = await run.catch((e: unknown) => e)
  return NtkError.isInstance(error) ? `${error.code}: ${error.message}` : `no NtkError: ${String(error)}`
}

describe('a directory knows its job', () => {
  const x = sample(1, 12, 4)
  const other = sample(2, 12, 4)

  test('the same call goes on, and takes no tile twice', async () => {
    const sink = directory(join(folder(), 'tiles'))
    const control = new AbortController()
    const onProgress = ({ done }: { done: number }): void => {
      if (done > 40) control.abort()
    }
    const run = kernelFn(relu)
    expect(await code(run(x, null, { tile: 2, sink, onProgress, signal: control.signal }))).toMatch(
      /^aborted: /,
    )
    const seen: { done: number; kept: number }[] = []
    const result = await run(x, null, { tile: 2, sink, onProgress: (p) => seen.push(p) })
    expect(seen[0]?.kept).toBeGreaterThan(0)
    expect(seen[0]?.done).toBe(seen[0]?.kept)
    expect(await bits(await result.toTensor('ntk'))).toBe(await bits((await run(x, null, { tile: 2 })).ntk))
  })

  test.each([
    ['another network', () => deep(['Relu'], 2), x, null, { get: 'ntk' }, /network different/],
    ['other inputs', () => relu, other, null, { get: 'ntk' }, /x1 different/],
    ['a second set', () => relu, x, other, { get: 'ntk' }, /x2, symmetric different/],
    ['another kernel', () => relu, x, null, { get: 'nngp' }, /arrays different/],
    ['other tiles', () => relu, x, null, { get: 'ntk', tile: 5 }, /tile different/],
    ['another dtype', () => relu, cast(x, 'float32'), null, { get: 'ntk' }, /x1, arrays different/],
  ] as const)('%s is an error that says so', async (_, net, x1, x2, options, message) => {
    const sink = directory(join(folder(), 'tiles'))
    await kernelFn(relu)(x, null, { get: 'ntk', sink })
    const error = await code(kernelFn(net())(x1, x2, { ...options, sink }))
    expect(error).toMatch(/^conflict: /)
    expect(error).toMatch(message)
  })

  test('the order of names is no other job', async () => {
    const path = join(folder(), 'tiles')
    await kernelFn(relu)(x, null, { get: ['ntk', 'nngp'], sink: directory(path) })
    await kernelFn(relu)(x, null, { get: ['nngp', 'ntk'], sink: directory(path) })
    expect((await openDirectory(path)).names).toEqual(['nngp', 'ntk'])
  })

  test('a network that nobody could know again is an error', async () => {
    const sink = directory(join(folder(), 'tiles'))
    expect(await code(kernelFn(general(relu))(x, null, { sink }))).toMatch(
      /^option: .*step of the network is not plain data.*function/,
    )
    const withFunction = Object.assign({ ...relu }, { spec: ['custom', () => 1] })
    expect(await code(kernelFn(withFunction)(x, null, { sink }))).toMatch(/^option: .*spec is not plain data/)
  })
})

test.each([
  ['a path for a sink', { sink: 'kernel' }, /^option: .*a sink.*directory\('kernel'\)/],
  ['a shard in memory', { shard: '1/2' }, /^option: .*directory/],
  ['an unknown option', { tiles: 3 }, /^option: .*tile/],
])('%s is a named error', async (_, options, message) => {
  expect(await code(kernelFn(relu)(sample(1, 4, 3), null, options as object))).toMatch(message)
})

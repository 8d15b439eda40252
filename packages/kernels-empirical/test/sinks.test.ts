import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CallSinkOptions,
  type EmpiricalOptions,
  empiricalKernelFn,
  empiricalNngpFn,
  empiricalNtkFn,
  empiricalNtkPartsFn,
} from '@ntk/kernels-empirical'
import { cast, mul, NtkError, slice, type Tensor } from '@ntk/tensor'
import { readNpy } from '@ntk/tensor/node'
import { directory, npyFiles } from '@ntk/tiles/node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { draw, networks } from './networks.js'

const [network] = networks as [(typeof networks)[number]]
const { x, params } = draw(network, 7)
const { apply } = network
const [x1, x2] = [slice(x, [0, 4]), slice(x, [4, 7])]

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ntk-empirical-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const bits = async (t: Tensor): Promise<string> => {
  const data = await t.data()
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
}

const axes: [string, EmpiricalOptions][] = [
  ['all outputs', {}],
  ['traced outputs', { traceAxes: [-1] }],
  ['diagonal outputs', { diagonalAxes: [-1] }],
]

describe.each(axes)('%s', (_, options) => {
  test.each(['float64', 'float32'] as const)(
    '%s: a sink on disk holds the bits of the kernels in memory',
    async (dtype) => {
      const p = params.map((t) => cast(t, dtype))
      for (const [a, b] of [
        [cast(x, dtype), null],
        [cast(x1, dtype), cast(x2, dtype)],
      ] as const) {
        const root = folder()
        const run = empiricalKernelFn(apply, options)
        const memory = await run(a, b, p, { tile: 2 })
        const paths = { nngp: join(root, 'nngp.npy'), ntk: join(root, 'ntk.npy') }
        await run(a, b, p, { tile: 2, sink: npyFiles(paths) })
        const sink = directory(join(root, 'tiles'))
        await run(a, b, p, { tile: 2, sink, shard: '2/3' })
        await run(a, b, p, { tile: 2, sink, shard: '1/3' })
        const tiles = await run(a, b, p, { tile: 2, sink, shard: '3/3' })
        expect(tiles.complete).toBe(true)
        for (const name of ['nngp', 'ntk'] as const) {
          const want = await bits(memory[name])
          expect(await bits(await readNpy(paths[name]))).toBe(want)
          expect(await bits(await tiles.toTensor(name))).toBe(want)
          const rows = await tiles.readRows(name, 1, 3)
          expect(await bits(rows)).toBe(await bits(slice(memory[name], [1, 3])))
        }
      }
    },
  )
})

test('what get names is what comes: a tensor for a name, a record for a list', async () => {
  const run = empiricalKernelFn(apply)
  const both = await run(x, null, params)
  expect(Object.keys(both)).toEqual(['nngp', 'ntk'])
  for (const name of ['nngp', 'ntk'] as const) {
    const alone = { nngp: empiricalNngpFn(apply), ntk: empiricalNtkFn(apply) }[name]
    expect(await bits(await run(x, null, params, { get: name }))).toBe(
      await bits(await alone(x, null, params)),
    )
    const listed = await run(x, null, params, { get: [name] })
    expect(Object.keys(listed)).toEqual([name])
  }
})

test('parts of a kernel go to a directory by their names', async () => {
  const sink = directory(join(folder(), 'tiles'))
  const run = empiricalNtkPartsFn(apply, { by: 'parameter' })
  const memory = await run(x, null, params)
  const tiles = await run(x, null, params, { sink })
  expect(tiles.names).toEqual(Object.keys(memory))
  for (const name of tiles.names) {
    expect(await bits(await tiles.toTensor(name))).toBe(await bits(memory[name] as Tensor))
  }
})

describe('a directory knows its job', () => {
  const code = async (run: Promise<unknown>): Promise<string> => {
    const error: unknown = await run.catch((e: unknown) => e)
    return NtkError.isInstance(error) ? `${error.code}: ${error.message}` : 'no error'
  }

  /** The network with its samples scaled by a constant. */
  const scaled =
    (by: Tensor) =>
    (p: typeof params, rows: Tensor): Tensor =>
      apply(p, mul(rows, by))
  const first = scaled(slice(x, [1, 2]))
  const doubled = (p: typeof params, rows: Tensor): Tensor => mul(first(p, rows), 2)
  const twice = params.map((t) => mul(t, 2))

  test.each<[string, (call: CallSinkOptions) => Promise<unknown>, RegExp]>([
    ['other parameters', (call) => empiricalNtkFn(first)(x, null, twice, call), /params different/],
    ['another function', (call) => empiricalNtkFn(doubled)(x, null, params, call), /network.* different/],
    [
      'another constant in it',
      (call) => empiricalNtkFn(scaled(slice(x, [0, 1])))(x, null, params, call),
      /constants different/,
    ],
    ['other samples', (call) => empiricalNtkFn(first)(mul(x, 2), null, params, call), /x1 different/],
    [
      'other axes',
      (call) => empiricalNtkFn(first, { traceAxes: [-1] })(x, null, params, call),
      /options, arrays different/,
    ],
    ['another kernel', (call) => empiricalNngpFn(first)(x, null, params, call), /kernel.* different/],
  ])('%s is an error that says so', async (_, other, message) => {
    const call = { tile: 2, sink: directory(join(folder(), 'tiles')) }
    await empiricalNtkFn(first)(x, null, params, call)
    await empiricalNtkFn(scaled(slice(x, [1, 2])))(x, null, params, call)
    const error = await code(other(call))
    expect(error).toMatch(/^conflict: /)
    expect(error).toMatch(message)
  })
})

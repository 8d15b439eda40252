import { readFileSync } from 'node:fs'
import { kernelFn, kernelOf, spatialOf } from '@ntk/kernels-analytic'
import { key, matmul, mul, type Nested, normal, type Tensor, tensor, transpose } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  Abs,
  type AnyLayer,
  Dense,
  Erf,
  FanInSum,
  FanOut,
  Flatten,
  fromSpec,
  Identity,
  type Layer,
  parallel,
  Relu,
  repeat,
  type Spec,
  serial,
} from '../src/index.js'
import { close, messageOf } from './helpers.js'

const affine = { wStd: 1.4, bStd: 0.1 } as const

interface Case {
  readonly name: string
  readonly spec: Spec
  readonly x1: Nested
  readonly x2: Nested | null
  readonly nngp: Nested
  readonly ntk: Nested
}

const cases = JSON.parse(
  readFileSync(new URL('./reference/kernels.json', import.meta.url), 'utf8'),
) as readonly Case[]

describe('networks from specs have the kernels of the reference', () => {
  test.each(cases)('$name', async (c) => {
    const x2 = c.x2 === null ? null : tensor(c.x2)
    const { nngp, ntk } = await kernelFn(fromSpec(c.spec))(tensor(c.x1), x2)
    close(nngp, c.nngp, 1e-10)
    close(ntk, c.ntk, 1e-10)
  })
})

describe('the kernel of a layer', () => {
  const x = normal(key(1), [6, 5])

  test('repeat is the chain written out', async () => {
    const block = (): Layer => serial(Dense(1, affine), Relu())
    const [short, long] = [serial(repeat(block(), 3), Dense(1)), serial(block(), block(), block(), Dense(1))]
    close(
      await kernelFn(short)(x, null, { get: 'ntk' }),
      (await kernelFn(long)(x, null, { get: 'ntk' })).toNested(),
      0,
    )
  })

  test('a residual block adds the kernels of its branches', async () => {
    const stem = Dense(1, affine)
    const branch = serial(Relu(), Dense(1, affine))
    const net = serial(stem, FanOut(2), parallel(Identity(), branch), FanInSum())
    const whole = await kernelFn(net)(x)
    const first = await kernelFn(stem)(x)
    const second = await kernelFn(serial(stem, branch))(x)
    const sumOf = (name: 'nngp' | 'ntk'): number[][] => {
      const [a, b] = [first[name].toNested() as number[][], second[name].toNested() as number[][]]
      return a.map((row, i) => row.map((v, j) => v + (b[i]?.[j] as number)))
    }
    close(whole.nngp, sumOf('nngp'), 1e-13)
    close(whole.ntk, sumOf('ntk'), 1e-13)
  })

  test('what a network needs of positions follows from its layers', () => {
    const needs = (layer: AnyLayer): string => spatialOf(layer.kernel)
    expect(needs(serial(Dense(1), Relu()))).toBe('same')
    expect(needs(serial(Dense(1), Flatten(), Dense(1)))).toBe('diagonal')
    const branches = parallel(Flatten(), serial(Dense(1), Flatten()))
    expect(needs(serial(FanOut(2), branches))).toBe('diagonal')
  })

  test('is steps as data, the same after a journey as JSON', () => {
    const net = serial(Flatten(), Dense(1, { wStd: 2, bStd: 3 }), Erf(), FanOut(1), parallel(Relu()))
    expect(net.kernel).toEqual([
      { kind: 'flatten' },
      { kind: 'affine', layer: 'Dense', out: 1, wStd: 2, bStd: 3, parameterization: 'ntk' },
      { kind: 'activation', name: 'Erf', options: { a: 1, b: 1, c: 0 } },
      { kind: 'fanOut', n: 1 },
      {
        kind: 'parallel',
        branches: [[{ kind: 'activation', name: 'Relu', options: { doStabilize: false } }]],
      },
    ])
    expect(JSON.parse(JSON.stringify(net.kernel))).toEqual(net.kernel)
  })

  test('a layer on what it cannot take says what it needs', async () => {
    const error = await kernelFn(serial(Relu(), Dense(1)))(x).catch((e: unknown) => e)
    expect((error as Error).message).toMatch(/The kernel of Relu needs Gaussian inputs.*Put a Dense/)
    const apart = serial(Dense(1), FanOut(2), parallel(Relu()), FanInSum())
    expect(messageOf(() => kernelOf(apart, x))).toMatch(/^requirement: parallel of 1 branches/)
  })
})

describe('random wide networks approach the kernel', () => {
  const x = normal(key(7), [5, 10])
  type Hidden = (width: number) => Layer

  const chain =
    (parameterization: 'ntk' | 'standard'): Hidden =>
    (width) => {
      const options = { ...affine, parameterization } as const
      return serial(Dense(width, options), Relu(), Dense(width, options), Erf())
    }
  /** Branches whose outputs have means, and a source that is one of the branches. */
  const branches: Hidden = (width) =>
    serial(
      Dense(width, affine),
      FanOut(4),
      parallel(
        Identity(),
        Relu(),
        serial(Relu(), Dense(width, affine), Relu()),
        serial(Erf(), Dense(width, affine), Abs()),
      ),
      FanInSum(),
    )

  /** Root mean square error, relative to the kernel's size, of the mean of h·h'/width over some networks. */
  async function errorAt(hiddenOf: Hidden, width: number, draws: number): Promise<number> {
    const hidden = hiddenOf(width)
    const nngp = (await kernelFn(serial(hidden, Dense(1)))(x, null, { get: 'nngp' })).dataSync()
    let total = 0
    for (let draw = 0; draw < draws; draw++) {
      const h = hidden.apply(hidden.init(key(100 + draw), [-1, 10]).params, x)
      const k = mul(matmul(h, transpose(h)), 1 / width) as Tensor
      Array.from(k.dataSync()).forEach((v, i) => (total += (v - (nngp[i] as number)) ** 2))
    }
    const size = Array.from(nngp).reduce((s, v) => s + v * v, 0)
    return Math.sqrt(total / draws / size)
  }

  test.each([
    ['layers in the ntk parameterization', chain('ntk')],
    ['layers in the standard parameterization', chain('standard')],
    ['branches with means', branches],
  ] as const)('like one over the root of the width: %s', async (_, hidden) => {
    const [narrow, wide] = [await errorAt(hidden, 32, 48), await errorAt(hidden, 512, 12)]
    expect(wide).toBeLessThan(0.12)
    // 16 times the width: a quarter of the error, within what so few draws tell.
    expect(Math.log(narrow / wide) / Math.log(16)).toBeGreaterThan(0.35)
    expect(Math.log(narrow / wide) / Math.log(16)).toBeLessThan(0.65)
  })
})

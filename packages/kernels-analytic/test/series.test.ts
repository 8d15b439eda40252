/** The fused way of activations without a closed form: against integrals in the plane, and to the bit against itself. */
import { jvp } from '@ntk/autodiff'
import {
  abs,
  add,
  cos,
  logistic,
  mul,
  onesLike,
  reshape,
  square,
  type Tensor,
  tanh,
  tensor,
  type Value,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import type { FusedDual } from '../src/activations/activation.js'
import { spaceRunOf } from '../src/evaluate/space-run.js'
import {
  type AnyActivation,
  activations,
  dualStack,
  dualStackVariance,
  type KernelStep,
  kernelFn,
  kernelOf,
} from '../src/index.js'
import { polarExpectation } from '../src/quadrature/polar.js'
import { seriesTable } from '../src/quadrature/table.js'
import { close, deep, general, netOf, sample } from './helpers.js'

const numbers = (x: Value): number[] => Array.from((x as Tensor).dataSync())

function fusedOf(name: string, options: object): FusedDual {
  const record: AnyActivation | undefined = (activations as Readonly<Record<string, AnyActivation>>)[name]
  const fused = record?.dual?.fused?.(options as never)
  if (fused === undefined) throw new Error(`${name} is not fused`)
  return fused
}

const own = (x: Value): Value => add(mul(logistic(x), logistic(mul(x, -0.7))), mul(tanh(mul(x, 0.4)), 2))
const options = { nngpFn: null, dNngpFn: null, scale: 1 }

/** Odd, odd but for a constant, even but for a line, and neither; of one length and of another; and a user's. */
const cases = [
  ['Tanh', {}, 1],
  ['Sigmoid', {}, 1],
  ['Softplus', {}, 1],
  ['Swish', { beta: 1.4 }, 1 / 1.4],
  ['Swish', { beta: 0.01 }, 100],
  ['Mish', {}, 1],
  ['Elementwise', { ...options, fn: own }, 1],
  ['Elementwise', { ...options, fn: 'tanh' }, 1],
] as const

interface Pairs {
  readonly q: readonly number[]
  readonly q11: readonly number[]
  readonly q22: readonly number[]
}

/** Pairs of variances with correlations on both sides of every limit where a pair needs more terms. */
function pairsOf(limits: readonly number[], unit: number, largest: number): Pairs {
  const correlations = [0, 1e-9, ...limits.flatMap((c) => [0.98 * c, 1.02 * c]), 0.5, 0.97, 1 - 1e-9, 1]
  const list = [1e-9, 0.3, 4.6].flatMap((v1) =>
    [v1, 1.3].flatMap((v2) =>
      correlations
        .filter((c) => c <= 1 && v1 * unit <= largest && v2 * unit <= largest)
        .map((c, i) => [(i % 3 === 1 ? -c : c) * unit * Math.sqrt(v1 * v2), v1 * unit, v2 * unit] as const),
    ),
  )
  const of = (k: 0 | 1 | 2): number[] => list.map((pair) => pair[k])
  return { q: of(0), q11: of(1), q22: of(2) }
}

describe('T and Ṫ are those of integrals in the plane, to 1e-14 of what they are at equal inputs', () => {
  test.each(cases)('%s %o', (name, given, scale) => {
    const { pair, step } = fusedOf(name, given)
    if (step.kind !== 'series') throw new Error('no series')
    const { pieces } = step.table
    const largest = pieces.at(-1)?.to ?? 0
    expect(largest).toBeGreaterThan(5 * scale ** 2)
    const reaches = pieces.find(({ to }) => to >= scale ** 2)?.reaches ?? []
    const { q, q11, q22 } = pairsOf(
      reaches.map((reach) => reach ** 2).filter((c) => c < 1),
      scale ** 2,
      largest,
    )
    const [t, slope] = pair({ q: tensor(q), q11: tensor(q11), q22: tensor(q22) }, onesLike(tensor(q)))
    const record = (activations as Readonly<Record<string, AnyActivation>>)[name] as AnyActivation
    const f = (x: Value): Value => record.apply(x, given as never)
    const df = (x: Value): Value => jvp(f, [x], [onesLike(x)])[1]
    const cells = (x: readonly number[]): Value => reshape(tensor(x), [x.length, 1, 1])
    for (const [got, g] of [
      [t, f],
      [slope as Value, df],
    ] as const) {
      const plane = (a: readonly number[], b: readonly number[], d: readonly number[]): number[] => {
        const parts: number[] = []
        for (let i = 0; i < a.length; i += 16) {
          const [x, y, z] = [a, b, d].map((list) => cells(list.slice(i, i + 16))) as [Value, Value, Value]
          const resolution = { angular: 40, radial: 64 }
          parts.push(...numbers(polarExpectation(g, g, { q: x, q11: y, q22: z }, scale, resolution)))
        }
        return parts
      }
      const want = plane(q, q11, q22)
      const sizes = new Map([...new Set([...q11, ...q22])].map((v) => [v, plane([v], [v], [v])[0] as number]))
      numbers(got).forEach((x, i) => {
        const size = Math.sqrt((sizes.get(q11[i] as number) ?? 0) * (sizes.get(q22[i] as number) ?? 0))
        const off = Math.abs(x - (want[i] as number))
        if (!(off <= 2e-14 * size)) expect.fail(`of ${q[i]}, ${q11[i]}, ${q22[i]}: ${x} is not ${want[i]}`)
      })
    }
  })
})

describe('a pair has the same bits', () => {
  const affine = { kind: 'affine', wVar: 2.1, bVar: 0.02 } as const
  test.each(cases)('%s %o', (name, given, scale) => {
    const { step, pair } = fusedOf(name, given)
    const steps = [affine, step, { ...affine, wVar: 0.8 }, step, affine]
    const [n1, n2] = [5, 267]
    const unit = scale ** 2
    const v1 = Array.from({ length: n1 }, (_, i) => (i === 0 ? 0 : unit * 0.4 * i))
    const v2 = Array.from({ length: n2 }, (_, j) => v1[j] ?? unit * (0.1 + (j % 13) / 9))
    const q = v1.flatMap((a, i) =>
      v2.map((b, j) => (i === j ? a : Math.sqrt(a * b) * Math.cos(i + 1.7 * j) ** (1 + (j % 5)))),
    )
    const block = reshape(tensor(q), [n1, n2])
    const [k, theta] = dualStack({ steps, ntk: true }, block, tensor(v1), tensor(v2))
    const [K, T] = [numbers(k), numbers(theta as Value)]
    expect(numbers(dualStack({ steps, ntk: false }, block, tensor(v1), tensor(v2))[0])).toEqual(K)
    // of equal inputs: the variance
    const variances = numbers(dualStackVariance(steps, tensor(v1)))
    v1.forEach((_, i) => {
      expect(K[i * n2 + i]).toBe(variances[i])
    })
    for (const [i, j] of [
      [1, 1],
      [2, 7],
      [3, 255],
      [3, 256],
      [4, 266],
    ] as const) {
      // alone, and with its samples in the other order
      const at = i * n2 + j
      for (const [a, b] of [
        [v1[i], v2[j]],
        [v2[j], v1[i]],
      ] as const) {
        const [one, oneTheta] = dualStack(
          { steps, ntk: true },
          tensor([[q[at] as number]]),
          tensor([a as number]),
          tensor([b as number]),
        )
        expect([...numbers(one), ...numbers(oneTheta as Value)]).toEqual([K[at], T[at]])
      }
    }
    // in a list, in a block and in space
    const flat = {
      q: tensor(q),
      q11: tensor(v1.flatMap((a) => v2.map(() => a))),
      q22: tensor(v1.flatMap(() => v2)),
    }
    const list = pair(flat, onesLike(flat.q)).map((x) => numbers(x as Value))
    const inBlock = pair(
      { q: block, q11: reshape(tensor(v1), [n1, 1]), q22: reshape(tensor(v2), [1, n2]) },
      onesLike(block),
    )
    expect(inBlock.map((x) => numbers(x as Value))).toEqual(list)
    const inSpace = pair(
      {
        q: reshape(block, [n1, 1, n2]),
        q11: reshape(tensor(v1), [n1, 1, 1]),
        q22: reshape(tensor(v2), [1, 1, n2]),
      },
      onesLike(reshape(block, [n1, 1, n2])),
    )
    expect(inSpace.map((x) => numbers(x as Value))).toEqual(list)
  })
})

describe('what a series does not reach is integrated as before', () => {
  test('large variances', () => {
    const { pair, step } = fusedOf('Tanh', {})
    const values = { q: tensor([3e4, 0.3]), q11: tensor([4e4, 1]), q22: tensor([9e4, 0.8]) }
    const [t, theta] = pair(values, tensor([1, 1]))
    const [want, slope] = activations.Tanh.dual?.pair(values, {}) ?? []
    expect(numbers(t)).toEqual(numbers(want as Value))
    expect(numbers(theta as Value)).toEqual(numbers(slope?.() as Value))
    const v = tensor([4e4, 0.5])
    expect(numbers(dualStackVariance([step], v))).toEqual(
      numbers(activations.Tanh.dual?.variance(v, {}) as Value),
    )
  })

  test('kinks, and functions of another length than their scale', () => {
    expect(seriesTable((x) => abs(x), 1)).toBeNull()
    expect(seriesTable((x) => activations.Elu.apply(x, { alpha: 1 }), 1)).toBeNull()
    expect(seriesTable((x) => tanh(mul(x, 400)), 1)).toBeNull()
  })

  test('small inputs of a function without value and slope at 0, unless it is even', () => {
    const odd = seriesTable((x) => mul(square(x), add(cos(x), tanh(x))), 1)
    expect(odd?.pieces[0]?.from).toBeGreaterThan(0)
    const even = (x: Value): Value => mul(x, tanh(x))
    const [t] = fusedOf('Elementwise', { ...options, fn: even }).pair(
      { q: tensor([3e-31]), q11: tensor([1e-30]), q22: tensor([2e-30]) },
      null,
    )
    // E[u² v²]
    expect((numbers(t)[0] as number) / (2e-60 + 2 * 9e-62)).toBeCloseTo(1, 13)
  })
})

test.each([
  ['Tanh', {}, 1],
  ['Swish', { beta: 1 }, 2],
  ['Mish', {}, 5 / 3],
] as const)(
  'small inputs of %s have the kernel of the slope at 0, to the last digits',
  (name, given, ratio) => {
    const pair: FusedDual['pair'] = (c, theta) => {
      const [t, slope] = fusedOf(name, given).pair(c, theta)
      return [mul(t, ratio ** 2), slope && mul(slope, ratio ** 2)]
    }
    for (const v of [1e-290, 1e-200, 1e-40, 1e-30]) {
      const [t, slope] = pair({ q: tensor([0.3 * v]), q11: tensor([v]), q22: tensor([0.5 * v]) }, tensor([1]))
      expect((numbers(t)[0] as number) / (0.3 * v)).toBeCloseTo(1, 14)
      expect(numbers(slope as Value)[0]).toBeCloseTo(1, 14)
    }
  },
)

describe('whole networks', () => {
  test.each([['Tanh'], ['Sigmoid'], ['Swish', { beta: 1.3 }], ['Mish']] as const)(
    '%s: in one piece, layer by layer and step by step without series are the same to 1e-12',
    async (...spec) => {
      const net = deep(spec, 3)
      const x = sample(3, 5, 6)
      const whole = await kernelFn(net)(x, null, { get: ['nngp', 'ntk'], tile: 4 })
      const layers = await kernelFn(general(net))(x, null, { get: ['nngp', 'ntk'] })
      close(whole.nngp, layers.nngp.toNested(), 1e-12)
      close(whole.ntk, layers.ntk.toNested(), 1e-12)
      // Under a derivative composites are decomposed.
      const [plain] = jvp((y: Tensor) => kernelOf(net, y, null).ntk as Tensor, [x], [x])
      close(whole.ntk, plain.toNested(), 1e-11)
    },
    120_000,
  )

  test.each([
    ['Tanh', { kind: 'flatten' }],
    ['Sigmoid', { kind: 'flatten' }],
    ['Tanh', { kind: 'globalPool', layer: 'GlobalAvgPool', over: 'mean' }],
    ['Softplus', { kind: 'globalPool', layer: 'GlobalSumPool', over: 'sum' }],
  ] as const)('%s of images in one piece up to %o is the plain way to 1e-12', async (name, end) => {
    const [act] = netOf([name]).kernel
    const line: KernelStep = {
      kind: 'conv',
      layer: 'Conv',
      out: 8,
      wStd: 1.5,
      bStd: 0.2,
      parameterization: 'ntk',
      weights: 'shared',
      window: [3],
      strides: [1],
      dilation: [1],
      padding: 'SAME',
    }
    const kernel = [line, act, line, act, end].filter((step) => step !== undefined)
    const shape = [1, 11, 2]
    expect(spaceRunOf(kernel, shape)?.taken).toBe(kernel.length)
    const x = reshape(mul(sample(6, 9, 22), 0.7), [9, 11, 2])
    const whole = await kernelFn({ kernel })(x, null, { get: ['nngp', 'ntk'] })
    const plain = kernelOf({ kernel }, x, null)
    close(whole.nngp, (plain.nngp as Tensor).toNested(), 1e-12)
    close(whole.ntk, (plain.ntk as Tensor).toNested(), 1e-12)
  })

  test('equal inputs stay equal to the bit through fifty chaotic layers', async () => {
    const block = Array.from({ length: 50 }, () => [
      ['Dense', { out: 1, wStd: 2.8, bStd: 0.1 }],
      ['Tanh'],
    ]).flat()
    const net = netOf(['serial', ...block])
    const x = mul(sample(4, 7, 5), 0.5)
    const twice = tensor([...(x.toNested() as number[][]), ...(x.toNested() as number[][])])
    const { nngp, cov1 } = await kernelFn(net)(twice, null, { get: ['nngp', 'cov1'] })
    const [k, own] = [numbers(nngp), numbers(cov1)]
    for (let i = 0; i < 7; i++) {
      expect(k[i * 14 + i]).toBe(own[i])
      expect(k[i * 14 + i + 7]).toBe(own[i])
    }
  })
})

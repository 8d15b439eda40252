/** Duals by quadrature: against values that two other quadratures agree on, closed forms, and each other. */
import { readFileSync } from 'node:fs'
import { jvp, vmap } from '@ntk/autodiff'
import {
  add,
  div,
  erf,
  mul,
  onesLike,
  relu,
  sqrt,
  square,
  type Tensor,
  tensor,
  type Value,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { type AnyActivation, activations, type KernelStep, kernelOf } from '../src/index.js'
import { quadratureDual } from '../src/quadrature/dual.js'
import { polarExpectation } from '../src/quadrature/polar.js'
import { seriesOf, seriesSum } from '../src/quadrature/series.js'
import { dense, netOf, tolerance } from './helpers.js'

type Spec = readonly unknown[]
interface Case {
  readonly name: string
  readonly block: readonly [Spec, readonly ['Elementwise', { readonly fn: string }]]
  readonly depth: number
  readonly last: Spec
  readonly nngp: number[][]
  readonly ntk: number[][]
  readonly cov1: number[]
  readonly cov2: number[]
}
interface Cases {
  readonly x1: number[][]
  readonly x2: number[][]
  readonly cases: readonly Case[]
}

const reference = JSON.parse(
  readFileSync(new URL('./reference/quadrature.json', import.meta.url), 'utf8'),
) as Cases

/** The activations that the reference names by their functions. */
const named: Readonly<Record<string, Spec>> = {
  tanh: ['Tanh'],
  sigmoid: ['Sigmoid'],
  softplus: ['Softplus'],
  silu: ['Swish', { beta: 1 }],
  elu: ['Elu', { alpha: 1 }],
  selu: ['Selu'],
  softsign: ['Softsign'],
  mish: ['Mish'],
  hardTanh: ['HardTanh'],
  relu6: ['Relu6'],
}

/** Rows 1e-8 apart under a slope that jumps: their angle comes of the last bit of K. */
const nearKink = 2e-8

describe('kernels of deep networks agree with the reference to 1e-10', () => {
  const cases = reference.cases.filter(({ block }) => block[1][1].fn in named)
  test.each(cases)(
    '$name',
    ({ block: [dense, [, { fn }]], depth, last, ...want }) => {
      const layers = Array.from({ length: depth }, () => [dense, named[fn] as Spec]).flat()
      const kernel = kernelOf(
        netOf(['serial', ...layers, last]),
        tensor(reference.x1),
        tensor(reference.x2),
      ) as unknown as Record<keyof typeof want, Tensor>
      const [c1, c2] = [want.cov1, want.cov2]
      for (const name of ['nngp', 'ntk', 'cov1', 'cov2'] as const) {
        const expected = (want[name] as number[] | number[][]).flat()
        kernel[name].dataSync().forEach((x: number, k: number) => {
          const y = expected[k] as number
          const [i, j] = [Math.floor(k / 4), k % 4]
          // Nothing is said of what is 0 but for roundings.
          const size =
            name === 'cov1' || name === 'cov2' ? 0 : Math.sqrt((c1[i] as number) * (c2[j] as number))
          const close = ['selu', 'hardTanh', 'relu6'].includes(fn) && name === 'ntk' && i === 0 && j === 1
          const tol = close ? nearKink : tolerance.float64
          if (!(Math.abs(x - y) <= tol * Math.abs(y) + 1e-15 * size))
            expect.fail(`${name}[${k}]: ${x} is not ${y} to ${tol}`)
        })
      }
    },
    120_000,
  )
})

const byName: Readonly<Record<string, AnyActivation>> = activations

const variances = [1e-7, 0.3, 2.2, 40, 1e4]
const correlations = [0, 0.3, -0.8, 0.99, 1 - 1e-10, 1, -1]
const pairs = variances.flatMap((v1) =>
  [v1, 1.3].flatMap((v2) => correlations.map((c) => [c * Math.sqrt(v1 * v2), v1, v2] as const)),
)
const column = (k: 0 | 1 | 2): Tensor => tensor(pairs.map((pair) => pair[k]))
const covariances = { q: column(0), q11: column(1), q22: column(2) }
const numbers = (x: Value): number[] => Array.from((x as Tensor).dataSync())

describe('the quadrature of functions that have closed forms agrees with these', () => {
  test.each([
    ['erf', quadratureDual((x) => erf(x), { odd: true }), activations.Erf.dual, { a: 1, b: 1, c: 0 }],
    ['relu', quadratureDual((x) => relu(x), { kinked: true }), activations.ABRelu.dual, { a: 0, b: 1 }],
    [
      'gelu',
      quadratureDual((x) => activations.Gelu.apply(x, { approximate: false })),
      activations.Gelu.dual,
      { approximate: false },
    ],
  ] as const)('%s', (_, ours, theirs, options) => {
    const [t, slope] = ours.pair(covariances, options as never)
    const [wantT, wantSlope] = theirs?.pair(covariances, options as never) ?? []
    const size = numbers(theirs?.variance(covariances.q11, options as never) as Value)
    const size2 = numbers(theirs?.variance(covariances.q22, options as never) as Value)
    numbers(t).forEach((x, i) => {
      const scale = Math.sqrt((size[i] as number) * (size2[i] as number))
      expect(Math.abs(x - (numbers(wantT as Value)[i] as number))).toBeLessThan(2e-14 * scale)
    })
    numbers(slope()).forEach((x, i) => {
      expect(Math.abs(x - (numbers((wantSlope as () => Value)())[i] as number))).toBeLessThan(2e-13)
    })
  })
})

/**
 * Rows [q, q11, q22, T, Ṫ]: our own values in 64-bit mantissas; of the straight pieces by integrals over one input, graded to both kinks, of
 * closed forms in the other, of Tanh and Softsign by polar integrals with twice the points.
 */
const ofLargeVariances: Readonly<Record<string, readonly (readonly number[])[]>> = {
  HardTanh: [
    [180000.0, 300000, 300000, 0.4096649988823352, 2.6525777796942064e-6],
    [299700.0, 300000, 300000, 0.9715113236253026, 4.7436339599266444e-5],
    [-415692.1938165306, 300000, 900000, -0.590333841842124, 2.0419546703796573e-6],
    [1451.206394693739, 4.5e6, 1.3, 0.3559888242861137, 0.00027346732027350526],
    [-3600000.0, 4.5e6, 4.5e6, -0.5903344077257128, 2.357850523614393e-7],
    [6000000000.0, 1e10, 1e10, 0.4096655293823514, 7.957747154180301e-11],
  ],
  Relu6: [
    [180000.0, 300000, 300000, 12.608370035687322, 2.3872420840225886e-5],
    [299700.0, 300000, 300000, 17.663807635728833, 0.00042503381040613267],
    [-415692.1938165306, 300000, 900000, 3.625319400565746, 1.837556136458739e-5],
    [1451.206394693739, 4.5e6, 1.3, 2.1821150836123815, 0.0005646662949640734],
    [-3600000.0, 4.5e6, 4.5e6, 3.6667184233957153, 2.1220407577047353e-6],
    [6000000000.0, 1e10, 1e10, 12.686558908210854, 7.161972431749506e-10],
  ],
  Softsign: [
    [180000.0, 300000, 300000, 0.4076687020908249, 2.6376029480829284e-6],
    [299700.0, 300000, 300000, 0.9609520507427891, 4.3275689725996906e-5],
    [-415692.1938165306, 300000, 900000, -0.5878367769973337, 2.0298488159637e-6],
    [1451.206394693739, 4.5e6, 1.3, 0.21731892516055565, 0.00016314151513143832],
    [-3600000.0, 4.5e6, 4.5e6, -0.5895112111982502, 2.3532314895938406e-7],
    [6000000000.0, 1e10, 1e10, 0.4096544695472041, 7.957497846205096e-11],
  ],
  Tanh: [
    [180000.0, 300000, 300000, 0.40966422040720435, 2.6525710221163094e-6],
    [299700.0, 300000, 300000, 0.9714881598174396, 4.739777007297918e-5],
    [-415692.1938165306, 300000, 900000, -0.5903329192053574, 2.0419485050867616e-6],
    [1451.206394693739, 4.5e6, 1.3, 0.31799549837678165, 0.00024031075118950248],
    [-3600000.0, 4.5e6, 4.5e6, -0.5903343154614222, 2.357849811698987e-7],
    [6000000000.0, 1e10, 1e10, 0.409665529358997, 7.957747153572112e-11],
  ],
}

test.each(Object.entries(ofLargeVariances))('%s of variances up to 1e10 is right to 1e-11', (name, rows) => {
  const at = (k: number): Tensor => tensor(rows.map((row) => row[k] as number))
  const [t, slope] = byName[name]?.dual?.pair({ q: at(0), q11: at(1), q22: at(2) }, {} as never) ?? []
  const [gotT, gotSlope] = [numbers(t as Value), numbers((slope as () => Value)())]
  rows.forEach((row, i) => {
    const [wantT, wantSlope] = row.slice(3) as [number, number]
    expect(Math.abs((gotT[i] as number) / wantT - 1)).toBeLessThan(1e-11)
    expect(Math.abs((gotSlope[i] as number) / wantSlope - 1)).toBeLessThan(1e-11)
  })
})

test('straight pieces between bounds go from sums of ramps to densities at the bounds without a step', () => {
  for (const name of ['HardTanh', 'Relu6'] as const) {
    for (const c of [0, 0.6, -0.9, 0.9999, -1, 1]) {
      // Alone, and where another pair is large: 400 is where it changes.
      const of = (variance: number): number[] => {
        const v = tensor([variance, variance * 2])
        const dual = byName[name]?.dual
        const [t, slope] = dual?.pair({ q: mul(v, c), q11: v, q22: v }, {} as never) ?? []
        return [...numbers(t as Value), ...numbers((slope as () => Value)())]
      }
      const [below, above] = [of(400), of(400 * (1 + 1e-14))]
      for (const [i, x] of below.entries()) {
        expect(Math.abs((above[i] as number) - x)).toBeLessThan(2e-13 * Math.max(1, Math.abs(x)))
      }
    }
  }
})

/** Odd, in ops. */
const wave = (x: Value): Value => div(x, sqrt(add(square(x), 1)))

test.each([
  ['Tanh', ['Tanh'], undefined],
  ['Softsign', ['Softsign'], undefined],
  ['HardTanh', ['HardTanh'], undefined],
  ['a function of ones own', ['Tanh'], wave],
] as const)(
  'opposite inputs of a chaotic network of %s stay opposite to the bit, in any company',
  (_, phi, fn) => {
    const rows = [
      [1, 0],
      [0.6, 0.8],
      [1e-3, 0],
      [600, 800],
      [1, 1e-6],
      [-1, 0],
      [0.3, -2],
      [1e3, 1],
    ]
    const layers = Array.from({ length: 8 }, () => [dense(3), phi as readonly unknown[]]).flat()
    const { kernel } = netOf(['serial', ...layers, dense(3)])
    const own: KernelStep = {
      kind: 'activation',
      name: 'Elementwise',
      options: { fn, nngpFn: null, dNngpFn: null, scale: 1 } as never,
    }
    const steps = kernel.map((step) => (fn !== undefined && step.kind === 'activation' ? own : step))
    const { nngp, ntk } = kernelOf({ kernel: steps }, tensor(rows), null)
    for (const k of [nngp, ntk as Value]) {
      const all = numbers(k)
      expect(all[5]).toBe(-(all[0] as number))
      expect(all[5 * 8 + 5]).toBe(all[0])
    }
  },
)

const cell = (x: number): Tensor => tensor([[[x]]])
const slopeOf =
  (f: (x: Value) => Value) =>
  (x: Value): Value =>
    jvp(f, [x], [onesLike(x)])[1]

test('the series and the plane, which share no formula, agree to 1e-14', () => {
  for (const f of [
    (x: Value): Value => activations.Tanh.apply(x, {}),
    (x: Value): Value => activations.Elu.apply(x, { alpha: 0.8 }),
    slopeOf((x: Value): Value => activations.Selu.apply(x, {})),
  ]) {
    for (const v of [1e-4, 0.4, 1.7, 6]) {
      const series = seriesOf(f, [v], 1, tensor(0)).get(v)
      for (const c of [-0.7, 0.2, 0.8]) {
        const plane = polarExpectation(f, f, { q: cell(c * v), q11: cell(v), q22: cell(v) }, 1, {
          angular: 40,
          radial: 70,
        }) as Tensor
        const sum = series && seriesSum(series, series, { c, root: Math.sqrt(1 - c * c) })
        expect(Math.abs((sum ?? Number.NaN) / plane.item() - 1)).toBeLessThan(2e-14)
      }
    }
  }
})

describe('derivatives', () => {
  const points = [
    [0.3, 1, 0.7],
    [-0.9, 1.4, 2],
    [1.9, 2, 2],
    [20, 40, 90],
  ] as const
  const h = 1e-4
  test.each([
    ['Tanh', {}],
    ['Swish', { beta: 1.4 }],
    ['Elu', { alpha: 0.8 }],
    ['Selu', {}],
    ['Celu', { alpha: 1.3 }],
    ['Softsign', {}],
    ['HardTanh', {}],
    ['Relu6', {}],
  ] as const)(
    'of T and Ṫ of %s in q, both variances and options are those of finite differences',
    (name, options) => {
      const dual = byName[name]?.dual ?? null
      if (dual === null) throw new Error('no dual')
      const names = Object.keys(options)
      const values = (which: 0 | 1, [q, q11, q22, ...held]: readonly Value[]): Value => {
        const o = { ...options, ...Object.fromEntries(names.map((n, i) => [n, held[i]])) } as never
        const [t, slope] = dual.pair({ q: q as Value, q11: q11 as Value, q22: q22 as Value }, o)
        return which === 0 ? t : slope()
      }
      for (const point of points) {
        const at = [...point, ...Object.values(options)] as number[]
        for (const which of [0, 1] as const) {
          at.forEach((x, k) => {
            const along = (y: number): Tensor[] =>
              at.map((z, i) => (i < 3 ? tensor([i === k ? y : z]) : tensor(i === k ? y : z)))
            const here = along(x)
            const [, derivative] = jvp(
              (...args: Tensor[]) => values(which, args) as Tensor,
              here as [Tensor],
              here.map((v, i) => (i === k ? onesLike(v) : null)) as never,
            )
            const of = (y: number): number => numbers(values(which, along(y)))[0] as number
            const step = h * Math.max(1, Math.abs(x))
            const difference =
              (8 * (of(x + step) - of(x - step)) - (of(x + 2 * step) - of(x - 2 * step))) / (12 * step)
            expect(Math.abs((numbers(derivative)[0] as number) - difference)).toBeLessThan(
              2e-8 * Math.max(1, Math.abs(difference)),
            )
          })
        }
      }
    },
  )

  test('are finite at equal, opposite and zero inputs', () => {
    const edge = [tensor([2, -2, 0, 0]), tensor([2, 2, 0, 0]), tensor([2, 2, 0, 3])] as const
    for (const name of ['Selu', 'Softsign', 'Mish'] as const) {
      for (const which of [0, 1] as const) {
        const f = (q: Value, q11: Value, q22: Value): Value => {
          const [t, slope] = byName[name]?.dual?.pair({ q, q11, q22 }, {} as never) ?? []
          return (which === 0 ? t : slope?.()) as Value
        }
        const [out, tangent] = jvp(f, [...edge], edge.map((x) => onesLike(x)) as never)
        for (const x of [...numbers(out), ...numbers(tangent)]) expect(Number.isFinite(x)).toBe(true)
      }
    }
  })
})

test('mapped over an axis, where numbers are out of sight, it gives the same', () => {
  const dual = activations.Elu.dual
  const f = (q: Value, q11: Value): Value =>
    dual?.pair({ q, q11, q22: tensor(1.3) }, { alpha: 0.8 } as never)[0] as Value
  const [q, v] = [tensor([0.3, 0.9, 0]), tensor([1, 2, 0.1])]
  const mapped = numbers(vmap(f)(q, v))
  numbers(f(q, v)).forEach((x, i) => expect(mapped[i]).toBeCloseTo(x, 13))
})

/** Duals by quadrature: against values that two other quadratures agree on, closed forms, and each other. */
import { readFileSync } from 'node:fs'
import { jvp, vmap } from '@ntk/autodiff'
import { erf, onesLike, relu, type Tensor, tensor, type Value } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { type AnyActivation, activations, kernelOf } from '../src/index.js'
import { quadratureDual } from '../src/quadrature/dual.js'
import { polarExpectation } from '../src/quadrature/polar.js'
import { seriesOf, seriesSum } from '../src/quadrature/series.js'
import { netOf, tolerance } from './helpers.js'

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
          // Of what is 3e5 times as large as the bounds of HardTanh, digits are lost beside 1 (see `straightDual`).
          const large = fn === 'hardTanh' && i === 4
          const tol = close ? nearKink : large ? 1e-9 : tolerance.float64
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

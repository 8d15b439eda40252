import {
  createCpuBackend,
  evaluateReference,
  type Inputs,
  infer,
  mapInputs,
  type Params,
  type Primitive,
  type TypedArray,
} from '@ntk/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

/** Shapes, parameters and layouts that nobody thought of, held against the reference evaluator. */
const backend = createCpuBackend({ blas: 'off' })
const settings = { numRuns: 80 }

interface Host {
  readonly data: Float64Array | Int32Array
  readonly shape: readonly number[]
  readonly dtype: 'float64' | 'int32'
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((s, d) => s * d, 1)

function numbers(shape: readonly number[], seed: number): Host {
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(seed + i * i) * 2)
  return { data, shape, dtype: 'float64' }
}

function agrees<P extends Primitive>(primitive: P, inputs: Inputs<P, Host>, params: Params<P>): void {
  const outputs = infer(primitive, inputs, params)
  const expected = evaluateReference(primitive, inputs, params, outputs)
  const tensors = mapInputs(inputs, (h) => ({ buffer: h.data.slice(), shape: h.shape, dtype: h.dtype }))
  const got: readonly object[] = backend.run(primitive, tensors, params, outputs)
  got.forEach((buffer, k) => {
    const g = buffer as TypedArray
    const e = expected[k] as TypedArray
    expect(g.length).toBe(e.length)
    let scale = 1e-300
    for (const v of e) scale = Math.max(scale, Math.abs(v))
    let worst = 0
    for (let i = 0; i < g.length; i++) worst = Math.max(worst, Math.abs((g[i] as number) - (e[i] as number)))
    expect(worst / scale).toBeLessThan(1e-13)
  })
}

const axisSize = fc.integer({ min: 0, max: 5 })
const shape = fc.array(axisSize, { maxLength: 5 })
const seed = fc.integer({ min: 0, max: 1000 })

describe('the CPU backend is the reference', () => {
  test('for operands that broadcast in any way', () => {
    const pair = fc
      .array(fc.tuple(axisSize, fc.boolean(), fc.boolean()), { maxLength: 5 })
      .chain((axes) => fc.tuple(fc.constant(axes), fc.nat(axes.length), fc.nat(axes.length)))
    fc.assert(
      fc.property(pair, seed, ([axes, dropA, dropB], s) => {
        const a = axes.map(([d, one]) => (one ? 1 : d)).slice(dropA)
        const b = axes.map(([d, , one]) => (one ? 1 : d)).slice(dropB)
        agrees('sub', [numbers(a, s), numbers(b, s + 1)], {})
        agrees('max', [numbers(a, s), numbers(b, s + 1)], {})
      }),
      settings,
    )
  })

  test('for reductions over any axes', () => {
    fc.assert(
      fc.property(shape, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), seed, (dims, flags, s) => {
        const axes = dims.flatMap((_, i) => (flags[i] ? [i] : []))
        agrees('reduceSum', [numbers(dims, s)], { axes })
        agrees('reduceProd', [numbers(dims, s)], { axes })
      }),
      settings,
    )
  })

  test('for transposes of any rank', () => {
    const permuted = shape.chain((dims) =>
      fc.tuple(
        fc.constant(dims),
        fc.shuffledSubarray(
          dims.map((_, i) => i),
          { minLength: dims.length },
        ),
      ),
    )
    fc.assert(
      fc.property(permuted, seed, ([dims, perm], s) => agrees('transpose', [numbers(dims, s)], { perm })),
      settings,
    )
  })

  test('for slices with steps, padding and gaps', () => {
    const cut = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 6 }),
        fc.nat(6),
        fc.nat(6),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(2),
      ),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(cut, seed, (axes, s) => {
        const dims = axes.map(([d]) => d)
        const start = axes.map(([d, a]) => Math.min(d, a))
        const limit = axes.map(([d, a, b]) => Math.max(Math.min(d, a), Math.min(d, b)))
        agrees('slice', [numbers(dims, s)], { start, limit, strides: axes.map(([, , , step]) => step) })
        const interior = axes.map(([, , , , gap]) => gap)
        const wide = axes.map(([d, , , , gap]) => (d === 0 ? 0 : d + (d - 1) * gap))
        const low = axes.map(([, a], i) => Math.max(a - 3, -(wide[i] as number)))
        const high = axes.map(([, , b], i) => Math.max(b - 3, -(wide[i] as number) - (low[i] as number)))
        agrees('pad', [numbers(dims, s)], { low, high, interior, value: 0.5 })
      }),
      settings,
    )
  })

  test('for contractions of any axes in any order', () => {
    const roles = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 4 }), fc.constantFrom('batch', 'contract', 'left', 'right')),
      {
        maxLength: 6,
      },
    )
    const plan = roles.chain((axes) => {
      const of = (side: string): number[] =>
        axes.flatMap(([, role], i) => (role === side || role === 'batch' || role === 'contract' ? [i] : []))
      const order = (list: number[]): fc.Arbitrary<number[]> =>
        fc.shuffledSubarray(list, { minLength: list.length })
      return fc.tuple(fc.constant(axes), order(of('left')), order(of('right')), order(axes.map((_, i) => i)))
    })
    fc.assert(
      fc.property(plan, seed, ([axes, left, right, order], s) => {
        const size = (i: number): number => (axes[i] as [number, string])[0]
        const shared = (role: string): number[] => order.filter((i) => axes[i]?.[1] === role)
        agrees('dotGeneral', [numbers(left.map(size), s), numbers(right.map(size), s + 1)], {
          lhsContract: shared('contract').map((i) => left.indexOf(i)),
          rhsContract: shared('contract').map((i) => right.indexOf(i)),
          lhsBatch: shared('batch').map((i) => left.indexOf(i)),
          rhsBatch: shared('batch').map((i) => right.indexOf(i)),
        })
      }),
      { numRuns: 150 },
    )
  })

  test('for convolutions with any strides, padding, dilations and groups', () => {
    const one = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max })
    const axis = fc.record({
      size: one(6),
      window: one(3),
      stride: one(3),
      low: fc.integer({ min: -2, max: 3 }),
      high: fc.integer({ min: -2, max: 3 }),
      lhs: one(3),
      rhs: one(2),
    })
    const groups = fc.constantFrom<[number, number]>([1, 1], [2, 1], [3, 1], [1, 2], [1, 3])
    fc.assert(
      fc.property(
        fc.array(axis, { maxLength: 3 }),
        one(2),
        one(2),
        one(3),
        groups,
        seed,
        (axes, n, c, o, [f, b], s) => {
          const lhs = [n * b, ...axes.map((a) => a.size), c * f]
          const rhs = [...axes.map((a) => a.window), c, o * f * b]
          agrees('convGeneralDilated', [numbers(lhs, s), numbers(rhs, s + 1)], {
            strides: axes.map((a) => a.stride),
            padding: axes.map((a) => [a.low, a.high] as const),
            lhsDilation: axes.map((a) => a.lhs),
            rhsDilation: axes.map((a) => a.rhs),
            featureGroups: f,
            batchGroups: b,
          })
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('order', () => {
  test('argSort gathers what sort gives, for any doubles', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (values) => {
        const host: Host = { data: Float64Array.from(values), shape: [values.length], dtype: 'float64' }
        const run = (p: 'sort' | 'argSort'): TypedArray => {
          const outputs = infer(p, [host], { axis: 0 })
          return backend.run(
            p,
            [{ buffer: host.data, shape: host.shape, dtype: host.dtype }],
            { axis: 0 },
            outputs,
          )[0] as TypedArray
        }
        const [sorted, order] = [run('sort'), run('argSort')]
        expect([...order].map((i) => values[i])).toEqual([...sorted])
        expect([...order].toSorted((a, b) => a - b)).toEqual(values.map((_, i) => i))
        const numbersOnly = [...sorted].filter((v) => !Number.isNaN(v))
        expect(numbersOnly.every((v, i) => i === 0 || (numbersOnly[i - 1] as number) <= v)).toBe(true)
      }),
      settings,
    )
  })
})

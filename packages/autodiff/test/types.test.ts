import { mul, neg, type Primitive, zeros } from '@ntk/tensor'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type { SomeInputs } from '../src/index.js'
import { jvpRules } from '../src/jvp/index.js'
import type { JvpTable } from '../src/jvp/rule.js'
import { flops } from '../src/program/flops.js'
import { transposeRules } from '../src/transpose/index.js'
import type { TransposeTable } from '../src/transpose/rule.js'
import { batchRules } from '../src/vmap/index.js'
import { type BatchTable, one } from '../src/vmap/rule.js'

/** What the compiler says; each `@ts-expect-error` is an error of the type check where the line below it compiles. */
describe('tables of rules', () => {
  test('are total: one without a primitive does not compile', () => {
    const { sort: _, ...jvp } = jvpRules
    const { sort: __, ...transpose } = transposeRules
    const { sort: ___, ...batch } = batchRules
    // @ts-expect-error no tangent of sort
    const a: JvpTable<Primitive> = jvp
    // @ts-expect-error no adjoint of sort
    const b: TransposeTable<Primitive> = transpose
    // @ts-expect-error no batch of sort
    const c: BatchTable<Primitive> = batch
    expect([a.exp, b.exp, c.exp]).toEqual([jvpRules.exp, transposeRules.exp, batchRules.exp])
  })

  test('hold rules of the arity of their primitives', () => {
    const jvp: JvpTable<'neg' | 'eigh'> = {
      // @ts-expect-error neg has one tangent
      neg: (_, [t, u]) => [neg(u ?? t)],
      // @ts-expect-error eigh has two outputs
      eigh: (_, [t]) => [t],
    }
    const transpose: TransposeTable<'add'> = {
      // @ts-expect-error add has two inputs, and so two cotangents
      add: ([ct]) => [ct],
    }
    const batch: BatchTable<'cholesky'> = {
      // @ts-expect-error cholesky has no second input
      cholesky: ([a, b], [axis]) => one(b ?? a, axis),
    }
    expect([jvp, transpose, batch].flatMap((t) => Object.keys(t))).toEqual(['neg', 'eigh', 'add', 'cholesky'])
    // @ts-expect-error dotGeneral takes two
    expect(() => flops.dotGeneral([zeros([2])], [zeros([])], {})).toThrow(TypeError)
  })
})

test('of the tangents of two operands at least one is there', () => {
  type Two = SomeInputs<'mul', number>
  expectTypeOf<Two>().toEqualTypeOf<readonly [number, number | null] | readonly [null, number]>()
  const sum = ([a, b]: Two): number => (a === null ? b : a + (b ?? 0))
  expect([sum([null, 2]), sum([1, null]), sum([1, 2])]).toEqual([2, 1, 3])
  expect(jvpRules.mul([zeros([]), zeros([])], [null, zeros([])], {}, [mul(zeros([]), 1)])[0]?.shape).toEqual(
    [],
  )
})

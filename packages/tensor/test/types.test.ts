import {
  bind,
  bind1,
  type Inputs,
  type Key,
  key,
  type Outputs,
  type Primitive,
  split,
  type Tensor,
  type Value,
  zeros,
} from '@ntk/tensor'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type { CpuTable } from '../src/cpu/rule.js'
import { cpuRules } from '../src/cpu/table.js'
import type { InferTable } from '../src/infer/rule.js'
import type { HostTable } from '../src/reference/host.js'

/** What the compiler says; each `@ts-expect-error` is an error of the type check where the line below it compiles. */
const x = zeros([2, 2])

describe('primitives carry their arity', () => {
  test('as tuples of inputs and outputs', () => {
    expectTypeOf<Inputs<'iota', number>>().toEqualTypeOf<readonly []>()
    expectTypeOf<Inputs<'exp', number>>().toEqualTypeOf<readonly [number]>()
    expectTypeOf<Inputs<'add', number>>().toEqualTypeOf<readonly [number, number]>()
    expectTypeOf<Inputs<'select', number>>().toEqualTypeOf<readonly [number, number, number]>()
    expectTypeOf<Inputs<'concatenate', number>>().toEqualTypeOf<readonly number[]>()
    expectTypeOf<Outputs<'add', number>>().toEqualTypeOf<[number]>()
    expectTypeOf<Outputs<'eigh', number>>().toEqualTypeOf<[number, number]>()
  })

  test('through bind, which gives values of the kind that it is given', () => {
    expectTypeOf(bind('eigh', [x], {})).toEqualTypeOf<[Tensor, Tensor]>()
    expectTypeOf(bind('add', [x, x], {})).toEqualTypeOf<[Tensor]>()
    expectTypeOf(bind1('exp', [x], {})).toEqualTypeOf<Tensor>()
    expectTypeOf(bind1<'exp', Value>).returns.toEqualTypeOf<Value>()
  })

  test('a wrong number of inputs does not compile', () => {
    const wrong = [
      // @ts-expect-error add takes two
      () => bind('add', [x], {}),
      // @ts-expect-error exp takes one
      () => bind('exp', [x, x], {}),
      // @ts-expect-error select takes three
      () => bind1('select', [x, x], {}),
      // @ts-expect-error full takes none
      () => bind1('full', [x], { dtype: 'float64', shape: [], value: 0 }),
    ]
    for (const f of wrong) expect(f).toThrow(/takes \d inputs/)
  })

  test('eigh has no single output', () => {
    // @ts-expect-error it gives values and vectors
    const values = (): Value => bind1('eigh', [x], {})
    expect(values().shape).toEqual([2])
  })
})

describe('a table of rules does not compile', () => {
  test('where a primitive is missing', () => {
    const { cholesky: _, ...rest } = cpuRules
    // @ts-expect-error no rule for cholesky
    const table: CpuTable<Primitive> = rest
    expect(table.eigh).toBe(cpuRules.eigh)
  })

  test('where a rule takes other inputs than its primitive', () => {
    const table: InferTable<'neg'> = {
      // @ts-expect-error neg has no second input
      neg: ([a, b]) => [b ?? a],
    }
    expect(Object.keys(table)).toEqual(['neg'])
  })

  test('where a rule gives another number of outputs', () => {
    const infer: InferTable<'eigh'> = {
      // @ts-expect-error eigh gives two
      eigh: ([a]) => [a],
    }
    const host: HostTable<'reshape' | 'transpose'> = {
      reshape: ([a]) => [a.data],
      // @ts-expect-error transpose gives one
      transpose: ([a]) => [a.data, a.data],
    }
    expect([...Object.keys(infer), ...Object.keys(host)]).toEqual(['eigh', 'reshape', 'transpose'])
  })
})

describe('split', () => {
  test('gives a pair, or a tuple of as many keys as stand in the program', () => {
    expectTypeOf(split(key(0))).toEqualTypeOf<readonly [Key, Key]>()
    expectTypeOf(split(key(0), 3)).toEqualTypeOf<readonly [Key, Key, Key]>()
    expectTypeOf(split(key(0), 12)[11]).toEqualTypeOf<Key>()
    expectTypeOf(split(key(0), 0)).toEqualTypeOf<readonly []>()
  })

  test('gives a list where the number is not in the program, or large', () => {
    const n: number = 3
    expectTypeOf(split(key(0), n)).toEqualTypeOf<readonly Key[]>()
    expectTypeOf(split(key(0), 1000)).toEqualTypeOf<readonly Key[]>()
    // @ts-expect-error there is no third key
    expect(split(key(0))[2]).toBe(undefined)
  })
})

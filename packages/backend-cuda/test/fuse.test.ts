import {
  add,
  type Backend,
  broadcastTo,
  div,
  exp,
  key,
  matmul,
  mul,
  neg,
  normal,
  scope,
  sub,
  sum,
  type Tensor,
  tanh,
  tensorFromData,
  toBackend,
  toHost,
  transpose,
} from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { backendOf } from '../src/backend.js'
import { compiler } from './stand-in/compiler.js'
import { type StandIn, standIn } from './stand-in/index.js'

interface Made {
  readonly cuda: StandIn
  readonly backend: Backend
  readonly on: (data: readonly number[], shape?: readonly number[]) => Tensor
}

function made(): Made {
  const cuda = standIn()
  const { backend } = backendOf(cuda.api, 0)
  return {
    cuda,
    backend,
    on: (data, shape = [data.length]) => tensorFromData(Float64Array.from(data), shape, backend),
  }
}

describe.skipIf(compiler === null)('elementwise work on cuda (skipped without a C compiler)', () => {
  it('waits, and a chain of it is one program', async () => {
    const { cuda, on } = made()
    const [x, y] = [on([0.5, -1, 2]), on([3, 4, -5])]
    const z = tanh(mul(add(x, y), exp(neg(x))))
    expect(cuda.launches()).toBe(0)
    const numbers = await z.data()
    expect(cuda.launches()).toBe(1)
    const expected = [0.5, -1, 2].map((a, i) => Math.tanh((a + ([3, 4, -5][i] as number)) * Math.exp(-a)))
    numbers.forEach((v, i) => expect(v).toBeCloseTo(expected[i] as number, 14))
  })

  it('has the same program for other constants', async () => {
    const { cuda, on } = made()
    const x = on([1, 2])
    expect([...(await mul(x, 0.1).data())]).toEqual([0.1, 0.2])
    expect([...(await mul(x, 7).data())]).toEqual([7, 14])
    expect(cuda.texts.length).toBe(1)
    expect(cuda.launches()).toBe(2)
  })

  it('reads transposed and broadcast operands where they are', async () => {
    const { cuda, on } = made()
    const x = on([1, 2, 3, 4, 5, 6], [2, 3])
    const sum3 = add(transpose(x), on([10, 20], [2]))
    expect([...(await sum3.data())]).toEqual([11, 24, 12, 25, 13, 26])
    expect(cuda.launches()).toBe(1)
  })

  it('is no work and no memory where it is of single numbers', async () => {
    const { cuda, on } = made()
    const before = cuda.held()
    const [two, three] = [on([2], []), on([3], [1])]
    expect([...(await add(mul(two, three), exp(sub(two, 2))).data())]).toEqual([7])
    expect([...(await transpose(mul(broadcastTo(three, [1, 3]), two)).data())]).toEqual([6, 6, 6])
    expect(cuda.launches()).toBe(0)
    expect(cuda.held()).toBe(before)
  })

  it('is computed once more at most where it is long: what two programs went through is kept by the second', async () => {
    const { cuda, on } = made()
    const x = on([1, 2])
    const shared = exp(exp(x))
    await add(shared, 1).data()
    await add(shared, 2).data()
    expect(cuda.launches()).toBe(2)
    expect([...(await shared.data())]).toEqual([1, 2].map((v) => Math.exp(Math.exp(v))))
    // it was written by the second program
    expect(cuda.launches()).toBe(2)
  })

  it('stays within the room that a program has, however long a chain is', async () => {
    const { cuda, on } = made()
    let x = on([1, 2, 3])
    const many = Array.from({ length: 40 }, (_, k) => on([k, k, k]))
    for (const y of many) x = add(x, y)
    for (let k = 0; k < 100; k++) x = add(mul(x, 1 + k / 1000), 0.25)
    let expected = [1, 2, 3].map((v) => v + 780)
    for (let k = 0; k < 100; k++) expected = expected.map((v) => v * (1 + k / 1000) + 0.25)
    expect([...(await x.data())]).toEqual(expected)
    expect(cuda.launches()).toBeGreaterThan(5)
    expect(cuda.launches()).toBeLessThan(60)
  })

  it('gives every byte back, whatever was computed, kept or never asked for', async () => {
    const { cuda, backend } = made()
    const before = cuda.held()
    const host = normal(key(1), [20, 20])
    const x = await toBackend(host, backend)
    const result = scope(() => {
      const wasted = exp(mul(x, x))
      const g = matmul(x, transpose(x))
      const scaled = div(g, add(sum(mul(x, x)), wasted))
      return sub(scaled, 1)
    })
    await toHost(result)
    result.dispose()
    x.dispose()
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 })
    expect(cuda.held()).toBe(before)
  })
})

import {
  add,
  bindComposite,
  type Composite,
  cpuBackend,
  key,
  mul,
  normal,
  tensor,
  type Value,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'

const combination: Composite<{ readonly weights: readonly number[] }> = {
  name: 'linearCombination',
  decompose: (values, { weights }) => [
    values.map((x, i) => mul<Value>(x, weights[i] as number)).reduce((a, b) => add(a, b)),
  ],
}

describe('composites on the CPU', () => {
  test.each(['float64', 'float32'] as const)(
    'a linear combination of %s has the bits of its decomposition',
    (dtype) => {
      const values = [0, 1, 2].map((seed) => normal(key(seed), [7, 1001], { dtype }))
      const params = { weights: [1, -0.3, 2.5] }
      const fused = bindComposite(combination, values, params)[0]
      const plain = combination.decompose(values, params)[0]
      expect(fused).toEqual({ ...plain, buffer: expect.anything() })
      expect((fused as (typeof values)[0])?.dataSync()).toEqual((plain as (typeof values)[0])?.dataSync())
    },
  )

  test('a linear combination over a value that is given away is written there, with the same bits', () => {
    const [a, b] = [normal(key(4), [3, 5000]), normal(key(5), [3, 5000])]
    const weights = [1, -0.3]
    const want = (combination.decompose([a, b], { weights })[0] as typeof a).dataSync()
    const params = { weights, into: 1 } as { weights: number[] }
    const over = bindComposite(combination, [a, b], params)[0] as typeof a
    expect(over.buffer).toBe(b.buffer)
    expect(over.dataSync()).toEqual(want)
  })

  test.each(['float64', 'float32'] as const)(
    'the share of the larger of two is 1, 1/2 or 0 in %s',
    (dtype) => {
      const kernel = cpuBackend().composites['shareOfLarger']
      const x = tensor([1, 2, 3, -0, Number.NaN, Infinity, -5], { dtype })
      const y = tensor([2, 2, 2, 0, 1, Infinity, -6], { dtype })
      const share = (a: typeof x, b: typeof x): unknown =>
        Array.from(kernel?.([a, b], {})?.[0]?.buffer as never)
      expect(share(x, y)).toEqual([0, 0.5, 1, 0.5, 0, 0.5, 1])
      expect(share(y, x)).toEqual([1, 0.5, 0, 0.5, 0, 0.5, 0])
      expect(share(x, tensor(2, { dtype }))).toEqual([0, 0.5, 1, 0, 0, 1, 0])
      expect(share(tensor(2, { dtype }), x)).toEqual([1, 0.5, 0, 1, 0, 0, 1])
      expect(kernel?.([x, tensor([[1], [2]], { dtype })], {})).toBeNull()
    },
  )

  test('a kernel leaves what it does not take to the decomposition', () => {
    const kernel = cpuBackend().composites['linearCombination']
    expect(kernel?.([tensor([1, 2]), tensor([1])], { weights: [1, 1] })).toBeNull()
    expect(kernel?.([tensor([1], { dtype: 'int32' })], { weights: [1] })).toBeNull()
  })

  test('a name without a kernel is decomposed', () => {
    const double: Composite = { name: 'no such kernel', decompose: ([x]) => [mul<Value>(x as Value, 2)] }
    expect((bindComposite(double, [tensor([1, 2])], {})[0] as ReturnType<typeof tensor>).toNested()).toEqual([
      2, 4,
    ])
  })
})

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

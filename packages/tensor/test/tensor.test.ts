import {
  allocate,
  bytesPerElement,
  cpuBackend,
  createCpuBackend,
  dtypes,
  NtkError,
  tensor,
  tensorFromData,
  toBackend,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { failure } from './helpers.js'

describe('tensor', () => {
  test('nested numbers give float64, booleans bool, and a number a scalar', () => {
    expect(tensor([[1, 2, 3]]).dtype).toBe('float64')
    expect(tensor([[1, 2, 3]]).shape).toEqual([1, 3])
    expect(tensor([true, false]).dtype).toBe('bool')
    expect(tensor([1, true]).dtype).toBe('float64')
    expect(tensor(5).shape).toEqual([])
    expect(tensor(5).item()).toBe(5)
  })

  test('empty lists keep their axes and are float64', () => {
    expect(tensor([]).shape).toEqual([0])
    expect(tensor([[], []]).shape).toEqual([2, 0])
    expect(tensor([[], []]).dtype).toBe('float64')
  })

  test('typed arrays keep their type and are copied', () => {
    const source = Float32Array.of(1, 2)
    const x = tensor(source)
    source[0] = 9
    expect(x.dtype).toBe('float32')
    expect(x.toNested()).toEqual([1, 2])
    expect(tensor(Uint8Array.of(0, 7)).toNested()).toEqual([false, true])
    expect(tensor(Int32Array.of(3), { dtype: 'float64' }).dtype).toBe('float64')
  })

  test('toNested gives back what was put in, for every dtype', () => {
    const rows = [
      [1, 0],
      [0, 1],
      [1, 1],
    ]
    expect(tensor(rows).toNested()).toEqual(rows)
    expect(tensor(rows, { dtype: 'float32' }).toNested()).toEqual(rows)
    expect(tensor(rows, { dtype: 'int32' }).toNested()).toEqual(rows)
    expect(tensor(rows, { dtype: 'bool' }).toNested()).toEqual(rows.map((r) => r.map((v) => v === 1)))
    expect(tensor([[[1], [2]]]).toNested()).toEqual([[[1], [2]]])
  })

  test.each([
    ['a shorter row', [[1, 2], [3]]],
    ['a number among rows', [[1, 2], 3]],
    ['a row among numbers', [1, [2, 3]]],
    ['rows where there were none', [[], [1]]],
  ])('ragged nesting is an error: %s', (_, nested) => {
    expect(failure(() => tensor(nested))).toMatchObject({
      code: 'shape',
      message: expect.stringContaining('ragged'),
    })
  })

  test('what is no number is an error', () => {
    expect(failure(() => tensor(['a'] as never))).toMatchObject({ code: 'value', got: 'string' })
    expect(failure(() => tensor([null] as never))).toMatchObject({ code: 'value' })
    expect(failure(() => tensor(undefined as never))).toMatchObject({ code: 'value', got: 'undefined' })
  })

  test('int32 refuses fractions, NaN and numbers beyond 32 bits', () => {
    for (const v of [0.5, Number.NaN, 2 ** 31, -(2 ** 31) - 1, Number.POSITIVE_INFINITY]) {
      expect(failure(() => tensor([v], { dtype: 'int32' }))).toMatchObject({ code: 'value' })
    }
    expect(tensor([-(2 ** 31), 2 ** 31 - 1], { dtype: 'int32' }).toNested()).toEqual([
      -(2 ** 31),
      2 ** 31 - 1,
    ])
  })

  test('data that does not fill the shape, and shapes that are none, are errors', () => {
    expect(failure(() => tensorFromData(new Float64Array(5), [2, 3]))).toMatchObject({
      code: 'shape',
      got: '5',
    })
    expect(failure(() => tensorFromData(new Float64Array(2), [-2, -1]))).toMatchObject({ code: 'shape' })
    expect(failure(() => tensorFromData(new Float64Array(2), [2.5]))).toMatchObject({ code: 'shape' })
    expect(failure(() => tensorFromData(new Float32Array(1).buffer as never, [1]))).toMatchObject({
      code: 'dtype',
    })
  })

  test('item needs one element', () => {
    expect(tensor([[7]]).item()).toBe(7)
    expect(failure(() => tensor([1, 2]).item())).toMatchObject({ code: 'shape', got: '[2]' })
  })

  test('data may lie on a SharedArrayBuffer and is not copied', () => {
    const shared = new Float64Array(new SharedArrayBuffer(16))
    shared.set([1, 2])
    expect(tensorFromData(shared, [2]).dataSync()).toBe(shared)
  })

  test('the data of a CPU tensor are read without a copy, at once and later', async () => {
    const data = Float64Array.of(1, 2)
    const x = tensorFromData(data, [2])
    expect(x.dataSync()).toBe(data)
    expect(await x.data()).toBe(data)
  })

  test('a tensor moved to another backend has its own data', async () => {
    const other = createCpuBackend()
    const x = tensor([1, 2])
    const y = await toBackend(x, other)
    expect(y.backend).toBe(other)
    expect(y.dataSync()).not.toBe(x.dataSync())
    expect(y.toNested()).toEqual([1, 2])
    expect(await toBackend(x, cpuBackend())).toBe(x)
  })

  test('prints as dtype and shape', () => {
    expect(String(tensor([[1, 2]]))).toBe('Tensor(float64[1, 2])')
  })
})

describe('allocate', () => {
  test.each(dtypes)('gives zeros of %s, in large arrays too, whatever memory they are made of', (dtype) => {
    for (let turn = 0; turn < 3; turn++) {
      const array = allocate(dtype, (9 << 20) / bytesPerElement[dtype])
      expect(array.every((v) => v === 0)).toBe(true)
      array.fill(1)
    }
  })
})

describe('NtkError', () => {
  test('carries a code and a message of what, got and fix', () => {
    const error = new NtkError('shape', { what: 'A needs B.', got: 'C', fix: 'Do D.' })
    expect(error.message).toBe('A needs B. Got C. Do D.')
    expect(error.name).toBe('NtkError')
    expect(NtkError.isInstance(error)).toBe(true)
    expect(NtkError.isInstance(new Error('A'))).toBe(false)
    expect(NtkError.isInstance(null)).toBe(false)
  })

  test('keeps its cause', () => {
    const cause = new Error('deep')
    expect(new NtkError('file', { what: 'A.', cause }).cause).toBe(cause)
  })
})

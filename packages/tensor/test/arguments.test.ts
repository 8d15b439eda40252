import {
  add,
  cast,
  eye,
  full,
  maximum,
  NtkError,
  ones,
  setDefaultBackend,
  tensor,
  toBackend,
  zeros,
} from '@ntk/tensor'
import { expect, test } from 'vitest'
import { failure } from './helpers.js'

test('messages name the function that was called', () => {
  expect(failure(() => maximum(ones([2]), ones([3])))).toMatchObject({
    code: 'shape',
    what: expect.stringMatching(/^maximum /),
  })
  expect(failure(() => add(ones([2]), [1, 2] as never))).toMatchObject({
    what: 'add needs tensors.',
    got: '[1,2]',
    fix: 'Make one with tensor(...).',
  })
})

test('a dtype that there is none of is an error where it is named', () => {
  for (const f of [() => cast(ones([2]), 'float16' as never), () => full([2], 1, 'float16' as never)]) {
    expect(failure(f)).toMatchObject({ code: expect.stringMatching(/^(dtype|option)$/), got: '"float16"' })
  }
})

test('arrays beyond memory are an error that says how large they would be, at once', () => {
  const start = performance.now()
  expect(failure(() => zeros([2 ** 20, 2 ** 20, 2 ** 20]))).toMatchObject({
    code: 'value',
    got: expect.stringContaining('GiB'),
    cause: expect.any(RangeError),
  })
  expect(failure(() => eye(2 ** 31))).toMatchObject({
    code: 'value',
    what: expect.stringContaining('n of eye'),
  })
  expect(performance.now() - start).toBeLessThan(1000)
})

test('what is no backend never becomes one', async () => {
  for (const junk of [{}, 'cpu', () => 1, 5]) {
    expect(failure(() => setDefaultBackend(junk as never))).toMatchObject({ code: 'backend' })
    await expect(toBackend(ones([1]), junk as never)).rejects.toSatisfy(NtkError.isInstance)
    expect(failure(() => tensor([1], { backend: junk as never }))).toSatisfy(NtkError.isInstance)
  }
  expect(tensor([1]).item()).toBe(1)
})

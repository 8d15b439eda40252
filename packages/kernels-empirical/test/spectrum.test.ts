import {
  conditionNumberOf,
  effectiveRankOf,
  kernelChange,
  kernelDistance,
  kernelMatrix,
  spectrum,
} from '@ntk/kernels-empirical'
import { add, eye, key, matmul, mul, normal, ones, reshape, tensor, transpose } from '@ntk/tensor'
import { expect, test } from 'vitest'

test('the identity has condition number 1 and full effective rank', async () => {
  const s = await spectrum(eye(5))
  expect(s.conditionNumber).toBeCloseTo(1, 12)
  expect(s.effectiveRank).toBeCloseTo(5, 12)
  expect(s.trace).toBeCloseTo(5, 12)
})

test('eigenvalues ascend and give trace, condition number and entropy', async () => {
  const s = await spectrum(
    tensor([
      [2, 1],
      [1, 2],
    ]),
  )
  const [low, high] = s.eigenvalues.toNested() as number[]
  expect(low).toBeCloseTo(1, 12)
  expect(high).toBeCloseTo(3, 12)
  expect(s.conditionNumber).toBeCloseTo(3, 12)
  expect(s.effectiveRank).toBeCloseTo(Math.exp(-0.25 * Math.log(0.25) - 0.75 * Math.log(0.75)), 12)
})

test('a singular kernel has an infinite condition number and an effective rank of its own', async () => {
  const s = await spectrum(ones([3, 3]))
  expect(s.conditionNumber).toBeGreaterThan(1e14)
  expect(s.effectiveRank).toBeCloseTo(1, 9)
  expect(effectiveRankOf([0, 0])).toBe(0)
})

test('kernels with outputs become matrices numbered by sample, then output', async () => {
  // [n, n, k, k] with entry 1000 i + 100 j + 10 p + q.
  const digits = [0, 1].map((i) =>
    [0, 1].map((j) => [0, 1, 2].map((p) => [0, 1, 2].map((q) => 1000 * i + 100 * j + 10 * p + q))),
  )
  const matrix = kernelMatrix(tensor(digits)).toNested() as number[][]
  expect(matrix.length).toBe(6)
  // Row: sample 1, output 2; column: sample 0, output 1.
  expect(matrix[5]?.[1]).toBe(1021)
  expect(() => kernelMatrix(tensor([[1, 2, 3]]))).toThrow(/\[1, 3\]/)
})

test('the distance of a kernel from itself is zero, and a multiple is aligned with it', async () => {
  const a = normal(key(0), [4, 3])
  const k = matmul(a, transpose(a))
  expect(await kernelDistance(k, k)).toEqual({ relativeFrobenius: 0, alignment: expect.closeTo(1, 14) })
  const scaled = await kernelDistance(mul(k, 1.5), k)
  expect(scaled.relativeFrobenius).toBeCloseTo(0.5, 14)
  expect(scaled.alignment).toBeCloseTo(1, 14)
  const change = await kernelChange([k, mul(k, 2), eye(4)])
  expect(change.map((c) => c.relativeFrobenius)).toEqual([0, expect.closeTo(1, 14), expect.any(Number)])
  await expect(kernelDistance(k, reshape(k, [2, 8]))).rejects.toThrow(/one shape/)
})

test('distances and spectra do not depend on the scale of the kernels', async () => {
  const a = normal(key(1), [4, 6])
  const k = matmul(a, transpose(a))
  const near = mul(add(k, mul(eye(4), 0.25)), 2)
  const plain = await kernelDistance(near, k)
  const { effectiveRank, conditionNumber } = await spectrum(k)
  for (const s of [2 ** 660, 2 ** -660]) {
    expect(await kernelDistance(mul(near, s), mul(k, s))).toEqual(plain)
    expect((await kernelDistance(mul(near, s), k)).alignment).toBe(plain.alignment)
    const scaled = await spectrum(mul(k, s))
    expect(scaled.effectiveRank).toBeCloseTo(effectiveRank, 9)
    expect(scaled.conditionNumber / conditionNumber).toBeCloseTo(1, 9)
  }
  expect(effectiveRankOf([1e308, 1e308, 1e308])).toBeCloseTo(3, 12)
  expect(effectiveRankOf([5e-324, 5e-324])).toBeCloseTo(2, 12)
})

test.each([
  ['not-finite', [1, Number.NaN, 2]],
  ['not-finite', [1, Number.POSITIVE_INFINITY]],
  ['value', [1, '2']],
  ['value', 5],
  ['value', Float64Array.of(1)],
])('eigenvalues that are no numbers are an error: %s, %s', (code, values) => {
  for (const f of [effectiveRankOf, conditionNumberOf]) {
    expect(() => f(values as number[])).toThrow(expect.objectContaining({ code }))
  }
})

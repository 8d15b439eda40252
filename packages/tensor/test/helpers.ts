import { expect } from 'vitest'

/** What f throws; fails if it throws nothing. */
export function failure(f: () => unknown): unknown {
  try {
    f()
  } catch (error) {
    return error
  }
  return expect.fail('nothing was thrown')
}

/** Largest difference of two lists of one length, relative to the largest of the second. */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(got.length).toBe(expected.length)
  let worst = 0
  let scale = 0
  for (let i = 0; i < got.length; i++) {
    worst = Math.max(worst, Math.abs((got[i] as number) - (expected[i] as number)))
    scale = Math.max(scale, Math.abs(expected[i] as number))
  }
  return scale === 0 ? worst : worst / scale
}

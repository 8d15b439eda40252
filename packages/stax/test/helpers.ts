import { type Nested, type Tensor, tensor } from '@ntk/tensor'
import { expect } from 'vitest'

/** Equal to a relative error (an absolute one below 1). */
export function close(got: Tensor, want: Nested, tol: number): void {
  const expected = tensor(want)
  expect(got.shape).toEqual(expected.shape)
  const [a, b] = [got.dataSync(), expected.dataSync()]
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number]
    if (!(Math.abs(x - y) <= tol * Math.max(1, Math.abs(y))))
      expect.fail(`element ${i}: ${x} is not ${y} to ${tol}`)
  }
}

/** What an NtkError says, or that there was none. */
export function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return `${code}: ${message}`
  }
  return 'nothing was thrown'
}

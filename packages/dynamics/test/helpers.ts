import { readFileSync } from 'node:fs'
import { type Nested, NtkError, sub, type Tensor, tensor } from '@ntk/tensor'
import { expect } from 'vitest'

/** Numbers equal to a relative error, counted against the largest of the expected ones where these are small. */
export function close(got: Tensor | null, want: Tensor | Nested, tol: number, floor = 0): void {
  const expected = typeof want === 'object' && 'dtype' in want ? want : tensor(want)
  expect(got?.shape).toEqual(expected.shape)
  const [a, b] = [(got as Tensor).dataSync(), expected.dataSync()]
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number]
    if (!(Math.abs(x - y) <= tol * Math.max(floor, Math.abs(y))))
      expect.fail(`element ${i}: ${x} is not ${y} to ${tol}`)
  }
}

/** The largest difference of two tensors. */
export const worst = (a: Tensor, b: Tensor): number => Math.max(...Array.from(sub(a, b).dataSync(), Math.abs))

/** The NtkError that a call ends in. */
export function thrown(f: () => unknown): NtkError {
  try {
    f()
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  throw new Error('an NtkError was expected')
}

interface Mse {
  readonly learningRate: number
  readonly diagReg: number
  readonly absolute: boolean
  readonly t: number | null
  readonly train: Nested
  readonly test: Nested
}

interface Matrices {
  readonly [name: string]: Nested
}

type Described = Pick<Mse, 'learningRate' | 'diagReg' | 'absolute' | 't'>

interface Predictions {
  readonly spec: readonly unknown[]
  readonly xTrain: Nested
  readonly xTest: Nested
  readonly y: Nested
  readonly yOneHot: Nested
  readonly f0Train: Nested
  readonly f0Test: Nested
  readonly ntkTrainTrain: Nested
  readonly ntkTestTrain: Nested
  readonly nngpTrainTrain: Nested
  readonly nngpTestTrain: Nested
  readonly nngpTestTest: Nested
  readonly ntkTestTest: Nested
  readonly mse: readonly Mse[]
  readonly ensemble: readonly (Described & { readonly values: never })[]
  readonly gp: readonly (Pick<Mse, 'diagReg' | 'absolute'> & { readonly values: never })[]
  readonly ode: readonly {
    momentum: number | null
    learningRate: number
    t: number
    train: Nested
    test: Nested
  }[]
}

export const reference = JSON.parse(
  readFileSync(new URL('./reference/predictions.json', import.meta.url), 'utf8'),
) as Predictions

/** The arrays of a case, by name. */
export function arrays(c: object): Matrices {
  return c as Matrices
}

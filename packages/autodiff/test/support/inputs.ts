import {
  type Backend,
  cpuBackend,
  type Nested,
  type Shape,
  sizeOf,
  type Tensor,
  type TypedArray,
  tensor,
  tensorFromData,
} from '@ntk/tensor'

/** Numbers in [0, 1) that are the same in every run (a linear congruential generator of Numerical Recipes). */
let state = 1
export function seed(value: number): void {
  state = value >>> 0
}
function uniform(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

/** A backend that is not the default one: rules that make constants must make them beside their operands. */
export const elsewhere: Backend = { ...cpuBackend(), name: 'elsewhere' }

const make = (data: TypedArray, shape: Shape): Tensor => tensorFromData(data, shape, elsewhere)

/** Makes a fresh sample of an input each time it is called. */
export type Input = () => Tensor

/** Floats between `low` and `high`. */
export const floats =
  (shape: Shape, low = -1, high = 1): Input =>
  () =>
    make(
      Float64Array.from({ length: sizeOf(shape) }, () => low + (high - low) * uniform()),
      shape,
    )

/** Floats of which no two are nearer than 0.1, in random order: for ops with kinks where elements meet. */
export const distinct =
  (shape: Shape, step = 0.15): Input =>
  () => {
    const n = sizeOf(shape)
    const data = Float64Array.from({ length: n }, (_, i) => (i - n / 2 + 0.4) * step)
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(uniform() * (i + 1))
      const t = data[i] as number
      data[i] = data[j] as number
      data[j] = t
    }
    return make(data, shape)
  }

export const ints =
  (shape: Shape, low: number, high: number): Input =>
  () =>
    make(
      Int32Array.from({ length: sizeOf(shape) }, () => low + Math.floor((high - low) * uniform())),
      shape,
    )

export const bools =
  (shape: Shape): Input =>
  () =>
    make(
      Uint8Array.from({ length: sizeOf(shape) }, () => Number(uniform() < 0.5)),
      shape,
    )

/** Well-conditioned matrices [..., n, n]: noise, and `shift` plus the row's number on the diagonal. */
export const matrices =
  (shape: Shape, shift = 2): Input =>
  () => {
    const n = shape.at(-1) as number
    const data = Float64Array.from({ length: sizeOf(shape) }, (_, k) => {
      const [i, j] = [Math.floor(k / n) % n, k % n]
      return 0.8 * uniform() - 0.4 + (i === j ? shift + i : 0)
    })
    return make(data, shape)
  }

/** These values. */
export const values = (nested: Nested): Tensor => tensor(nested, { backend: elsewhere })

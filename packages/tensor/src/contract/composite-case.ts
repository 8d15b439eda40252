import type { CompositeInputs, CompositeName, CompositeParams } from '../composites/contracts.js'
import type { Shape } from '../shape.js'
import { generator } from './values.js'

/** Numbers of a shape; repeated where there are fewer than the shape holds. */
export interface Numbers {
  readonly shape: Shape
  readonly values: readonly number[]
}

export interface CompositeCase<N extends CompositeName> {
  /** What is special about it, for its name. */
  readonly note: string
  readonly inputs: CompositeInputs<N, Numbers>
  readonly params: CompositeParams<N>
  /** Places of inputs that are given away in a second run, which must give the same. */
  readonly donate?: readonly number[]
}

export const numbers = (shape: Shape, values: readonly number[]): Numbers => ({ shape, values })

export function random(seed: number, shape: Shape): Numbers {
  const next = generator(seed)
  const count = shape.reduce((n, d) => n * d, 1)
  return numbers(
    shape,
    Array.from({ length: count }, () => 4 * next() - 2),
  )
}

import type { DType } from './dtype.js'
import type { Shape } from './shape.js'

/** Shape and dtype without data. */
export interface Aval {
  readonly shape: Shape
  readonly dtype: DType
}

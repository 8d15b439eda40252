import { type FloatDType, key, matmul, normal, type Tensor } from '@ntk/tensor'
import { time } from './timing.js'

/** A square matrix of standard normal numbers. */
export function square(n: number, dtype: FloatDType, seed = 0): Tensor {
  return normal(key(seed), [n, n], { dtype })
}

/** Best time of one matrix product of 2048 in milliseconds: the unit of every ratio. */
export async function yardstick(dtype: FloatDType): Promise<number> {
  const [a, b] = [square(2048, dtype, 1), square(2048, dtype, 2)]
  const { best } = await time(() => matmul(a, b), { runs: 7 })
  return best
}

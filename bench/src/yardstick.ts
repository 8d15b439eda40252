import { type FloatDType, key, matmul, normal, type Tensor } from '@ntk/tensor'

/** A square matrix of standard normal numbers. */
export function square(n: number, dtype: FloatDType, seed = 0): Tensor {
  return normal(key(seed), [n, n], { dtype })
}

/** One matrix product of 2048: its time is the unit of every ratio. */
export function yardstick(dtype: FloatDType): () => Tensor {
  const [a, b] = [square(2048, dtype, 1), square(2048, dtype, 2)]
  return () => matmul(a, b)
}

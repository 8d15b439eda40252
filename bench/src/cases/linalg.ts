import {
  add,
  cholesky,
  eigh,
  eye,
  type FloatDType,
  key,
  matmul,
  mul,
  normal,
  type Tensor,
  transpose,
} from '@ntk/tensor'
import { lapackEigh } from '../lapack.js'
import type { Row } from '../row.js'

function symmetric(n: number, dtype: FloatDType): Tensor {
  const a = normal(key(3), [n, n], { dtype })
  return add(mul(matmul(a, transpose(a)), 1 / n), eye(n, dtype))
}

function eigenRow(n: number, dtype: FloatDType, peerMs?: number): Row {
  return {
    name: `symmetric eigendecomposition, n = ${n}`,
    dtype,
    ...(peerMs === undefined ? {} : { peerMs }),
    prepare: () => {
      const a = symmetric(n, dtype)
      return () => eigh(a)
    },
    ...(dtype === 'float64'
      ? {
          beside: {
            name: 'LAPACK dsyevd called directly',
            atMost: 1.3,
            prepare: () => lapackEigh(symmetric(n, dtype)),
          },
        }
      : besideFloat64(() => {
          const a = symmetric(n, 'float64')
          return () => eigh(a)
        })),
  }
}

/** float32 is computed in float64 and rounded, which must not cost more than float64 alone. */
function besideFloat64(prepare: () => () => unknown): Pick<Row, 'beside'> {
  return { beside: { name: 'the same in float64', atMost: 1, prepare } }
}

function choleskyRow(dtype: FloatDType, peerMs: number): Row {
  return {
    name: 'Cholesky, n = 2000',
    dtype,
    peerMs,
    prepare: () => {
      const a = symmetric(2000, dtype)
      return () => cholesky(a)
    },
    ...(dtype === 'float64'
      ? {}
      : besideFloat64(() => {
          const a = symmetric(2000, 'float64')
          return () => cholesky(a)
        })),
  }
}

export const linalgRows: readonly Row[] = [
  eigenRow(1000, 'float64'),
  eigenRow(2000, 'float64', 912),
  eigenRow(2000, 'float32', 518),
  choleskyRow('float64', 126),
  choleskyRow('float32', 85),
]

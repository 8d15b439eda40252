import type { Aval } from '../aval.js'
import type { LinalgParams } from '../primitives.js'
import { sameShape } from '../shape.js'
import { commonDType, floats, type InferTable, needDType, shapeError } from './rule.js'

function square(name: string, a: Aval): void {
  needDType(name, a, floats)
  const r = a.shape.length
  if (r < 2 || a.shape[r - 1] !== a.shape[r - 2])
    throw shapeError(name, 'needs square matrices [..., n, n]', a)
}

const solver = (inputs: readonly [Aval, Aval], _: unknown, name: string): [Aval] => {
  const [a, b] = inputs
  square(name, a)
  const r = a.shape.length
  if (b.shape.length !== r || !sameShape(a.shape.slice(0, r - 1), b.shape.slice(0, r - 1))) {
    throw shapeError(name, 'needs a [..., n, n] and b [..., n, m] with equal leading axes', a, b)
  }
  return [{ shape: b.shape, dtype: commonDType(name, inputs) }]
}

export const linalg: InferTable<keyof LinalgParams> = {
  cholesky: ([a], _, name) => {
    square(name, a)
    return [{ shape: a.shape, dtype: a.dtype }]
  },
  triangularSolve: solver,
  solve: solver,
  eigh: ([a], _, name) => {
    square(name, a)
    return [
      { shape: a.shape.slice(0, -1), dtype: a.dtype },
      { shape: a.shape, dtype: a.dtype },
    ]
  },
}

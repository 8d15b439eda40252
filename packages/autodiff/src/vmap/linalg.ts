import { bind, bind1, type LinalgParams, moveAxis, reshape, type Value } from '@ntk/tensor'
import { type BatchRule, type BatchTable, batchedAt, front, one } from './rule.js'

/**
 * These take leading batch axes. Where only the right-hand sides differ they become columns of one, so that the matrix is
 * factored once.
 */
function solver<P extends 'triangularSolve' | 'solve'>(primitive: P): BatchRule<P> {
  return ([a, b], [aa, ab], params, size) => {
    const run = (left: Value, right: Value): Value => bind1(primitive, [left, right], params)
    if (aa !== null) {
      return one(run(front(a, aa), batchedAt(b, ab, size)))
    }
    const rank = b.shape.length
    const sides = moveAxis(b, ab, rank - 2)
    const head = sides.shape.slice(0, -2)
    const columns = sides.shape[rank - 1] as number
    const out = run(a, reshape(sides, [...head, size * columns]))
    return one(reshape(out, [...head, size, columns]), rank - 2)
  }
}

export const linalg: BatchTable<keyof LinalgParams> = {
  cholesky: ([a], [axis], params) => one(bind1('cholesky', [front(a, axis)], params)),
  triangularSolve: solver('triangularSolve'),
  solve: solver('solve'),
  eigh: ([a], [axis], params) => ({
    outputs: bind('eigh', [front(a, axis)], params),
    axis: 0,
  }),
}

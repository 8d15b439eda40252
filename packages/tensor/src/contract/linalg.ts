import { floats } from '../infer/rule.js'
import type { LinalgParams } from '../primitives.js'
import { type ContractTable, x } from './case.js'

const none: LinalgParams['cholesky'] = {}
const flags = [false, true]

const sizes: readonly (readonly number[])[] = [
  [1, 1],
  [2, 2],
  [5, 5],
  [33, 33],
  [0, 0],
  [3, 4, 4],
  [2, 1, 3, 3],
  [0, 3, 3],
  [70, 70],
]
const systems: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [1, 1],
    [1, 1],
  ],
  [
    [4, 4],
    [4, 1],
  ],
  [
    [4, 4],
    [4, 7],
  ],
  [
    [4, 4],
    [4, 0],
  ],
  [
    [0, 0],
    [0, 3],
  ],
  [
    [37, 37],
    [37, 11],
  ],
  [
    [3, 4, 4],
    [3, 4, 2],
  ],
  [
    [2, 2, 3, 3],
    [2, 2, 3, 1],
  ],
]

export const linalg: ContractTable<keyof LinalgParams> = {
  cholesky: {
    dtypes: floats,
    closeness: 'factor',
    cases: sizes.map((shape) => ({ inputs: [x(shape, 'definite')], params: none })),
  },
  triangularSolve: {
    dtypes: floats,
    closeness: 'factor',
    cases: systems.flatMap(([a, b]) =>
      flags.flatMap((lower) =>
        flags.flatMap((transpose) =>
          // a unit diagonal with large entries beside it is ill-conditioned: small matrices only
          (a.includes(37) ? [false] : flags).map((unitDiagonal) => ({
            inputs: [x(a, 'dominant'), x(b)],
            params: { lower, transpose, unitDiagonal },
          })),
        ),
      ),
    ),
  },
  solve: {
    dtypes: floats,
    closeness: 'factor',
    cases: systems.map(([a, b]) => ({ inputs: [x(a, 'dominant'), x(b)], params: none })),
  },
  eigh: {
    dtypes: floats,
    closeness: 'factor',
    cases: sizes.map((shape) => ({ inputs: [x(shape, 'definite')], params: none })),
  },
}

import type { LinalgParams } from '@ntk/tensor'
import { floats, matrices } from '../support/inputs.js'
import type { Case, CaseTable } from './case.js'

const triangular = [true, false].flatMap((lower) =>
  [true, false].flatMap((transpose) =>
    [true, false].map(
      (unitDiagonal): Case<2, LinalgParams['triangularSolve']> => ({
        title: `${lower ? 'lower' : 'upper'}${transpose ? ', transposed' : ''}${unitDiagonal ? ', unit diagonal' : ''}`,
        inputs: [matrices([3, 3]), floats([3, 2])],
        params: { lower, transpose, unitDiagonal },
      }),
    ),
  ),
)

export const linalg: CaseTable<keyof LinalgParams> = {
  cholesky: [
    { title: 'one matrix', inputs: [matrices([3, 3])], params: {} },
    { title: 'a batch', inputs: [matrices([2, 2, 2])], params: {} },
  ],
  triangularSolve: [
    ...triangular,
    {
      title: 'a batch',
      inputs: [matrices([2, 2, 2]), floats([2, 2, 3])],
      params: { lower: true, transpose: true, unitDiagonal: false },
    },
  ],
  solve: [
    { title: 'one matrix', inputs: [matrices([3, 3]), floats([3, 2])], params: {} },
    { title: 'a batch', inputs: [matrices([2, 2, 2]), floats([2, 2, 1])], params: {} },
  ],
  eigh: [
    { title: 'one matrix', inputs: [matrices([3, 3])], params: {} },
    { title: 'a batch', inputs: [matrices([2, 2, 2])], params: {} },
  ],
}

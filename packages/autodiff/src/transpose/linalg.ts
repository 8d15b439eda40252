import { bind1, type LinalgParams, matrixTranspose, type Value } from '@ntk/tensor'
import { known, noneLinear, type TransposeTable } from './rule.js'

export const linalg: TransposeTable<keyof LinalgParams> = {
  ...noneLinear(['cholesky', 'eigh']),
  // linear in b: op(a)⁻ᵀ ct
  triangularSolve: ([ct], [a], p) => [
    null,
    bind1('triangularSolve', [known('triangularSolve', a), ct as Value], { ...p, transpose: !p.transpose }),
  ],
  solve: ([ct], [a]) => [null, bind1('solve', [matrixTranspose(known('solve', a)), ct as Value], {})],
}

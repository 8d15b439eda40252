import { bind1, eachOf, type LinalgParams, matrixTranspose } from '@ntk/tensor'
import { known, notLinear, type TransposeTable } from './rule.js'

export const linalg: TransposeTable<keyof LinalgParams> = {
  ...eachOf(['cholesky', 'eigh'], notLinear),
  // linear in b: op(a)⁻ᵀ ct
  triangularSolve: ([ct], [a], p) => [
    null,
    bind1('triangularSolve', [known('triangularSolve', a), ct], { ...p, transpose: !p.transpose }),
  ],
  solve: ([ct], [a]) => [null, bind1('solve', [matrixTranspose(known('solve', a)), ct], {})],
}

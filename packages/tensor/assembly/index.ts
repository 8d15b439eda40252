export { heapBase } from './memory'
export { pack32, pack64 } from './gemm/pack'
export { combine32, combine64, macro32, macro64 } from './gemm/macro'
export { demote, promote } from './math/convert'
export { exp64, expm1_64, logistic64, tanh64 } from './math/exp'
export { log1p64, log64 } from './math/log'
export { cos64, sin64 } from './math/trig'
export { atan2_64 } from './math/atan2'
export { rsqrt64, sqrt64 } from './math/root'
export { erf64 } from './math/erf'
export {
  acos64,
  acosh64,
  asin64,
  asinh64,
  atan64,
  atanh64,
  cosh64,
  erfInv64,
  erfc64,
  pow64,
  sinh64,
  tan64,
} from './math/scalar'
export { dualTile, dualVariances } from './dual/stack'
export { seriesList, seriesVariances } from './dual/series'
export { spaceTasks, spaceVariances } from './dual/space'
export { sumGroups } from './dual/windows'
export { accumulate32, accumulate64, arith32, arith64, repeat32, repeat64 } from './arith/binary'
export { compare32, compare64, select32, select64 } from './arith/compare'
export { sign32, sign64 } from './arith/unary'
export { setWork, workBytes } from './linalg/product'
export { solveLeft, solveRight } from './linalg/triangular'
export { cholesky } from './linalg/cholesky'
export { lu } from './linalg/lu'
export { tridiagonalize } from './linalg/tridiagonal'
export { implicitQl } from './linalg/ql'
export { divideAndConquer, divideSpace } from './linalg/divide'
export { backTransform, mirror } from './linalg/eigh'
export { reduceColumns, reduceRows } from './reduce/reduce'
export { addLine32, addLine64, copyRuns, patchLine } from './arith/runs'
export { transpose64 } from './arith/transpose'
export { gatherMax32, gatherMax64, scatterMax32, scatterMax64, windowMax32, windowMax64 } from './window/max'

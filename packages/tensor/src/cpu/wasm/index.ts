/**
 * The WebAssembly SIMD kernels of the CPU engine: plain typed arrays in, plain typed arrays out; no tensors.
 * Element types follow the arrays (Float64Array or Float32Array) and may not be mixed within one call.
 * Arrays may lie on SharedArrayBuffers. Nothing here checks shapes: callers do.
 */

export {
  dualAbRelu,
  dualErf,
  dualSeriesList,
  dualStack,
  dualStackInto,
  dualStackVariance,
  type FillTile,
  productsInRange,
} from './dual/index.js'
export { binary, unary } from './elementwise.js'
export { gemm, syrk } from './gemm.js'
export { cholesky, eigh, luFactor, luSolve, triangularSolve } from './linalg.js'
export { reduceColumns, reduceRows } from './reduce.js'
export { spaceKernel } from './space/run.js'
export type { Samples } from './space/samples.js'
export type { ThreadReport } from './threads.js'
export { setThreads, threadReport } from './threads.js'
export type { BinaryName, FloatArray, MatrixView, ReduceName, UnaryName } from './types.js'

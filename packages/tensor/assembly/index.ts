export { heapBase } from './memory'
export { pack32, pack64 } from './gemm/pack'
export { combine32, combine64, macro32, macro64 } from './gemm/macro'

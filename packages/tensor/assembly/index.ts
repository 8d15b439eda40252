export { heapBase } from './memory'
export { pack32, pack64 } from './gemm/pack'
export { combine32, combine64, macro32, macro64 } from './gemm/macro'
export { demote, promote } from './math/convert'
export { exp64, expm1_64, logistic64, tanh64 } from './math/exp'
export { log1p64, log64 } from './math/log'
export { cos64, sin64 } from './math/trig'
export { atan2_64 } from './math/atan2'
export { erf64 } from './math/erf'
export {
  acos64, acosh64, asin64, asinh64, atan64, atanh64, cosh64, erfInv64, erfc64, pow64, sinh64, tan64,
} from './math/scalar'

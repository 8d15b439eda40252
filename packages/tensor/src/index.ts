import './host.js'

export { type Arity, mapInputs, mapOutputs, type OutputTuples, type Tuples, zipOutputs } from './arity.js'
export type { Aval } from './aval.js'
export type {
  Backend,
  BackendBuffer,
  BackendTensor,
  CompositeKernel,
  CompositeKernels,
  MemoryUse,
} from './backend.js'
export { bind, bind1 } from './bind.js'
export { bindComposite, runFused } from './composites/bind.js'
export type { Composite } from './composites/composite.js'
export type {
  AbReluParams,
  AttentionInSpace,
  AxisWindow,
  CompositeInputs,
  CompositeName,
  CompositeOutputs,
  CompositeParams,
  Composites,
  DualPlace,
  DualStackIntoParams,
  DualStackParams,
  DualStackVarianceParams,
  DualStep,
  ErfParams,
  GramStackIntoParams,
  KnownProducts,
  LinearCombinationParams,
  PoolInSpace,
  ProfileParams,
  SeriesParams,
  SpaceActivation,
  SpaceEmbedding,
  SpaceKernelParams,
  SpaceParams,
  SpacePart,
  SpaceStep,
  StackStep,
} from './composites/contracts.js'
export { linearCombinationComposite } from './composites/linear-combination.js'
export { compositeNames, inferComposite } from './composites/rules.js'
export type { SeriesPiece, SeriesTable } from './composites/series.js'
export { shareOfLargerComposite } from './composites/share-of-larger.js'
export { spaceParts } from './composites/space-parts.js'
export { copiesError, markCopy, type PackageCopy } from './copies.js'
export { type CpuOptions, cpuBackend, createCpuBackend } from './cpu/backend.js'
export { type CpuDescription, describeCpu } from './cpu/describe.js'
export { describeNative, native as nativeBlas } from './cpu/native/index.js'
export type { NativeBlas, NativeDescription, NativeFamily, NativeLapack } from './cpu/native/types.js'
export { setThreads, type ThreadReport, threadReport } from './cpu/wasm/index.js'
export { crc32 } from './crc32.js'
export { defaultBackend, hostBackend, setDefaultBackend } from './default-backend.js'
export {
  type DeviceHandle,
  type DeviceHandles,
  type DeviceMemoryOf,
  deviceHandles,
} from './device-handles.js'
export { Donation } from './donation.js'
export {
  allocate,
  allocateDirty,
  bytesPerElement,
  type DType,
  dtypeOfArray,
  dtypes,
  type FloatDType,
  isFloat,
  requireFloat,
  type TypedArray,
} from './dtype.js'
export { each, eachOf } from './each.js'
export { NtkError, type NtkErrorCode, type NtkErrorParts } from './errors.js'
export { nextTurn, throwIfAborted, turnEvery } from './event-loop.js'
export { infer, primitives } from './infer/index.js'
export { currentDepth, withLevel } from './levels.js'
export {
  type DecodeNpyOptions,
  decodeNpy,
  decodeNpyHeader,
  encodeNpy,
  encodeNpyHeader,
  encodeNpyParts,
  type NpyLayout,
} from './npy/index.js'
export {
  add,
  atan2,
  clip,
  div,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  maximum,
  minimum,
  mul,
  notEqual,
  pow,
  rem,
  sub,
  where,
} from './ops/binary.js'
export {
  type ConvOptions,
  convGeneralDilated,
  type DotGeneralOptions,
  dotGeneral,
  matmul,
  tensordot,
} from './ops/contract.js'
export {
  arange,
  eye,
  full,
  fullLike,
  linspace,
  oneHot,
  ones,
  onesLike,
  zeros,
  zerosLike,
} from './ops/create.js'
export { lift } from './ops/lift.js'
export {
  cholesky,
  choleskyInPlace,
  choleskySolve,
  diagonal,
  eigh,
  logDet,
  matrixTranspose,
  solve,
  type TriangularSolveOptions,
  triangularSolve,
} from './ops/linalg.js'
export {
  choleskyAsync,
  choleskySolveAsync,
  eighAsync,
  logDetAsync,
  solveAsync,
  triangularSolveAsync,
} from './ops/linalg-async.js'
export { resolvePadding, samePadding } from './ops/padding.js'
export {
  all,
  any,
  argMax,
  argMin,
  argSort,
  type CumSumOptions,
  cumSum,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  norm,
  prod,
  type ReduceOptions,
  softmax,
  sort,
  sum,
  variance,
} from './ops/reduce.js'
export { powerOfTwoNear } from './ops/scale.js'
export {
  broadcastTo,
  cast,
  chunk,
  concatenate,
  expandDims,
  type Index,
  moveAxis,
  type PadOptions,
  pad,
  reshape,
  reverse,
  scatterAdd,
  slice,
  squeeze,
  stack,
  take,
  takeAlongAxis,
  transpose,
} from './ops/shaping.js'
export {
  abs,
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  ceil,
  cos,
  cosh,
  erf,
  erfc,
  erfInv,
  exp,
  expm1,
  floor,
  isFinite,
  log,
  log1p,
  logicalNot,
  logistic,
  neg,
  relu,
  round,
  rsqrt,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  tan,
  tanh,
} from './ops/unary.js'
export { type WindowOptions, windowMax, windowSum } from './ops/window.js'
export type {
  BinaryFloat,
  BinaryNumber,
  Compare,
  ContractParams,
  ElementwiseParams,
  InputArity,
  Inputs,
  LinalgParams,
  Logical,
  OutputArity,
  Outputs,
  Padding,
  Params,
  ParamsOf,
  Primitive,
  ReduceParams,
  ShapeParams,
  SingleOutput,
  Taking,
  UnaryFloat,
  UnaryNumber,
  WindowParams,
  WindowParamsRecord,
} from './primitives.js'
export { binaryFloat, binaryNumber, compare, logical, unaryFloat, unaryNumber } from './primitives.js'
export {
  type BernoulliOptions,
  bernoulli,
  foldIn,
  type Key,
  type Keys,
  key,
  normal,
  permutation,
  type RandomIntOptions,
  type RandomOptions,
  randomBits,
  randomInt,
  split,
  type UniformOptions,
  uniform,
} from './random/index.js'
export type { HostTensor } from './reference/host.js'
export { evaluateReference } from './reference/index.js'
export {
  decodeSafetensors,
  type EncodeSafetensorsOptions,
  encodeSafetensors,
  type Safetensors,
} from './safetensors/index.js'
export { type OpenScope, openScope, type Scope, type ScopeOptions, scope, unscoped } from './scope.js'
export {
  broadcastIndices,
  broadcastShapes,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
} from './shape.js'
export {
  constantFromData,
  type Nested,
  Tensor,
  type TensorOptions,
  tensor,
  tensorFromData,
} from './tensor.js'
export { toBackend, toHost } from './to-backend.js'
export { highestInterpreter, type Interpreter, type Value } from './value.js'

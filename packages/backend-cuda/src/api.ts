/**
 * The C functions of CUDA that are called, as data: each with the types of its arguments, in koffi's words. All return a status,
 * which is 0 where all went well. Addresses on the device and handles are 64-bit numbers (bigint); results come
 * through typed arrays of one element or more, which are passed as pointers. Source: the headers cuda.h, nvrtc.h, cublas_api.h and cusolverDn.h.
 */

const handle = 'uintptr_t'
/** An address on the device. */
const place = 'uint64_t'
/** Host memory, given as a typed array. */
const host = 'void *'

const gemm = [
  ...[handle, 'int', 'int', 'int', 'int', 'int', host],
  ...[place, 'int', 'int64_t', place, 'int', 'int64_t', host, place, 'int', 'int64_t', 'int'],
] as const

export const signatures = {
  driver: {
    cuInit: ['uint'],
    cuDriverGetVersion: [host],
    cuDeviceGetCount: [host],
    cuDeviceGet: [host, 'int'],
    cuDeviceGetName: [host, 'int', 'int'],
    cuDeviceGetAttribute: [host, 'int', 'int'],
    cuDevicePrimaryCtxRetain: [host, 'int'],
    cuCtxSetCurrent: [handle],
    cuCtxSynchronize: [],
    cuDeviceGetDefaultMemPool: [host, 'int'],
    cuMemPoolSetAttribute: [handle, 'int', host],
    cuMemPoolTrimTo: [handle, 'size_t'],
    cuMemGetInfo_v2: [host, host],
    cuMemAllocAsync: [host, 'size_t', handle],
    cuMemFreeAsync: [place, handle],
    cuMemcpyHtoD_v2: [place, host, 'size_t'],
    cuMemcpyDtoH_v2: [host, place, 'size_t'],
    cuMemcpyDtoDAsync_v2: [place, place, 'size_t', handle],
    cuModuleLoadData: [host, host],
    cuModuleGetFunction: [host, handle, 'str'],
    /** function, grid x y z, block x y z, shared bytes, stream, pointers to arguments (none), arguments packed as `extra`. */
    cuLaunchKernel: [
      ...[handle, 'uint', 'uint', 'uint', 'uint', 'uint', 'uint', 'uint'],
      ...[handle, host, host],
    ],
  },
  nvrtc: {
    nvrtcVersion: [host, host],
    nvrtcCreateProgram: [host, 'str', 'str', 'int', host, host],
    nvrtcCompileProgram: [handle, 'int', 'const char **'],
    nvrtcGetCUBINSize: [handle, host],
    nvrtcGetCUBIN: [handle, host],
    nvrtcGetProgramLogSize: [handle, host],
    nvrtcGetProgramLog: [handle, host],
    nvrtcDestroyProgram: [host],
  },
  cublas: {
    cublasCreate_v2: [host],
    cublasGetVersion_v2: [handle, host],
    /** handle, transA, transB, m, n, k, alpha, A, lda, strideA, B, ldb, strideB, beta, C, ldc, strideC, batch; columns first. */
    cublasDgemmStridedBatched: gemm,
    cublasSgemmStridedBatched: gemm,
    /** handle, side, uplo, trans, diag, m, n, alpha, A, lda, B, ldb. */
    cublasDtrsm_v2: [
      ...[handle, 'int', 'int', 'int', 'int', 'int', 'int', host],
      ...[place, 'int', place, 'int'],
    ],
  },
  cusolver: {
    cusolverDnCreate: [host],
    /** handle, uplo, n, A, lda, size of the workspace in numbers. */
    cusolverDnDpotrf_bufferSize: [handle, 'int', 'int', place, 'int', host],
    /** handle, uplo, n, A, lda, workspace, its size, info on the device (int32). */
    cusolverDnDpotrf: [handle, 'int', 'int', place, 'int', place, 'int', place],
    cusolverDnDgetrf_bufferSize: [handle, 'int', 'int', place, 'int', host],
    /** handle, m, n, A, lda, workspace, pivots (int32), info. */
    cusolverDnDgetrf: [handle, 'int', 'int', place, 'int', place, place, place],
    /** handle, trans, n, right-hand sides, A, lda, pivots, B, ldb, info. */
    cusolverDnDgetrs: [handle, 'int', 'int', 'int', place, 'int', place, place, 'int', place],
    /** handle, job, uplo, n, A, lda, W, size of the workspace. */
    cusolverDnDsyevd_bufferSize: [handle, 'int', 'int', 'int', place, 'int', place, host],
    /** handle, job, uplo, n, A, lda, W, workspace, its size, info. */
    cusolverDnDsyevd: [handle, 'int', 'int', 'int', place, 'int', place, place, 'int', place],
  },
} as const

export type LibraryName = keyof typeof signatures

/** What a C function may be given: numbers, 64-bit numbers, text, lists of texts, host memory, and null for no memory. */
export type Argument = number | bigint | string | readonly string[] | ArrayBufferView | null

type Arguments<T extends readonly string[]> = { readonly [I in keyof T]: Argument }

/** The functions of one library; each gives its status. */
export type Functions<L extends LibraryName> = {
  readonly [F in keyof (typeof signatures)[L]]: (typeof signatures)[L][F] extends readonly string[]
    ? (...args: Arguments<(typeof signatures)[L][F]>) => number
    : never
}

/** The four libraries, bound: by foreign functions, or by the stand-in of the tests in host memory. */
export interface CudaApi {
  readonly driver: Functions<'driver'>
  readonly nvrtc: Functions<'nvrtc'>
  readonly cublas: Functions<'cublas'>
  readonly cusolver: Functions<'cusolver'>
  /** Where the first element of a typed array lies, which must not move: at least 64 bytes long. */
  address(array: ArrayBufferView): bigint
  /** Where the libraries were found, for messages. */
  readonly about: Readonly<Record<LibraryName, string>>
}

/**
 * The C functions of CUDA that are called: their types here, and what they take as data, in koffi's words. All return a status, which is 0 where
 * all went well. Addresses on the device and handles are 64-bit numbers (bigint); results come through
 * typed arrays, which are passed as pointers. Source: the headers cuda.h, nvrtc.h, cublas_api.h and cusolverDn.h.
 */

type Status = number
/** A context, a stream, a module, a program of NVRTC, a library's own handle. 0n is the default stream. */
type Handle = bigint
/** An address on the device. */
type Place = bigint
/** Host memory. */
type Host = ArrayBufferView

export interface Driver {
  readonly cuInit: (flags: number) => Status
  readonly cuDeviceGetCount: (count: Host) => Status
  readonly cuDeviceGet: (device: Host, index: number) => Status
  readonly cuDeviceGetName: (text: Host, length: number, device: number) => Status
  readonly cuDeviceGetAttribute: (value: Host, attribute: number, device: number) => Status
  readonly cuDevicePrimaryCtxRetain: (context: Host, device: number) => Status
  readonly cuCtxSetCurrent: (context: Handle) => Status
  readonly cuCtxSynchronize: () => Status
  readonly cuDeviceGetDefaultMemPool: (pool: Host, device: number) => Status
  readonly cuMemPoolSetAttribute: (pool: Handle, attribute: number, value: Host) => Status
  readonly cuMemPoolTrimTo: (pool: Handle, keep: number) => Status
  readonly cuMemGetInfo_v2: (free: Host, total: Host) => Status
  readonly cuMemAllocAsync: (place: Host, bytes: number, stream: Handle) => Status
  readonly cuMemFreeAsync: (place: Place, stream: Handle) => Status
  readonly cuMemcpyHtoD_v2: (to: Place, from: Host, bytes: number) => Status
  readonly cuMemcpyDtoH_v2: (to: Host, from: Place, bytes: number) => Status
  readonly cuMemcpyDtoDAsync_v2: (to: Place, from: Place, bytes: number, stream: Handle) => Status
  readonly cuModuleLoadData: (module: Host, image: Host) => Status
  readonly cuModuleGetFunction: (found: Host, module: Handle, name: string) => Status
  /** Grid and block in three dimensions; arguments come packed, as `extra` says. */
  readonly cuLaunchKernel: (
    kernel: Handle,
    ...sizes: [
      ...grid: [number, number, number],
      ...block: [number, number, number],
      shared: number,
      stream: Handle,
      pointers: null,
      extra: Host,
    ]
  ) => Status
}

export interface Nvrtc {
  readonly nvrtcCreateProgram: (
    program: Host,
    text: string,
    name: string,
    headers: number,
    texts: null,
    names: null,
  ) => Status
  readonly nvrtcCompileProgram: (program: Handle, count: number, options: readonly string[]) => Status
  readonly nvrtcGetCUBINSize: (program: Handle, bytes: Host) => Status
  readonly nvrtcGetCUBIN: (program: Handle, image: Host) => Status
  readonly nvrtcGetProgramLogSize: (program: Handle, bytes: Host) => Status
  readonly nvrtcGetProgramLog: (program: Handle, text: Host) => Status
  readonly nvrtcDestroyProgram: (program: Host) => Status
}

/** Columns first. */
type Gemm = (
  handle: Handle,
  transA: number,
  transB: number,
  m: number,
  n: number,
  k: number,
  alpha: Host,
  ...operands: [
    ...a: [place: Place, lda: number, stride: number],
    ...b: [place: Place, ldb: number, stride: number],
    beta: Host,
    ...c: [place: Place, ldc: number, stride: number],
    batch: number,
  ]
) => Status

export interface Cublas {
  readonly cublasCreate_v2: (handle: Host) => Status
  readonly cublasDgemmStridedBatched: Gemm
  readonly cublasSgemmStridedBatched: Gemm
  readonly cublasDtrsm_v2: (
    handle: Handle,
    side: number,
    uplo: number,
    trans: number,
    diagonal: number,
    m: number,
    n: number,
    alpha: Host,
    ...operands: [a: Place, lda: number, b: Place, ldb: number]
  ) => Status
}

/** A workspace is counted in numbers; `info` is an int32 on the device. */
export interface Cusolver {
  readonly cusolverDnCreate: (handle: Host) => Status
  readonly cusolverDnDpotrf_bufferSize: (
    handle: Handle,
    uplo: number,
    n: number,
    a: Place,
    lda: number,
    size: Host,
  ) => Status
  readonly cusolverDnDpotrf: (
    ...args: [
      handle: Handle,
      uplo: number,
      n: number,
      a: Place,
      lda: number,
      work: Place,
      size: number,
      info: Place,
    ]
  ) => Status
  readonly cusolverDnDgetrf_bufferSize: (
    handle: Handle,
    m: number,
    n: number,
    a: Place,
    lda: number,
    size: Host,
  ) => Status
  readonly cusolverDnDgetrf: (
    ...args: [
      handle: Handle,
      m: number,
      n: number,
      a: Place,
      lda: number,
      work: Place,
      pivots: Place,
      info: Place,
    ]
  ) => Status
  readonly cusolverDnDgetrs: (
    handle: Handle,
    trans: number,
    n: number,
    sides: number,
    ...operands: [a: Place, lda: number, pivots: Place, b: Place, ldb: number, info: Place]
  ) => Status
  readonly cusolverDnDsyevd_bufferSize: (
    ...args: [
      handle: Handle,
      job: number,
      uplo: number,
      n: number,
      a: Place,
      lda: number,
      w: Place,
      size: Host,
    ]
  ) => Status
  readonly cusolverDnDsyevd: (
    handle: Handle,
    job: number,
    uplo: number,
    n: number,
    ...operands: [a: Place, lda: number, w: Place, work: Place, size: number, info: Place]
  ) => Status
}

/** The functions of the four libraries. */
export interface Libraries {
  readonly driver: Driver
  readonly nvrtc: Nvrtc
  readonly cublas: Cublas
  readonly cusolver: Cusolver
}

export type LibraryName = keyof Libraries

/** The libraries, bound: by foreign functions, or by the stand-in of the tests in host memory. */
export interface CudaApi extends Libraries {
  /** Where the first element of a typed array lies, which must not move: of more than 64 bytes. */
  readonly address: (array: ArrayBufferView) => bigint
  /** Where the libraries were found, for messages. */
  readonly about: Readonly<Record<LibraryName, string>>
}

const handle = 'uintptr_t'
const place = 'uint64_t'
const host = 'void *'

const gemm: readonly string[] = [
  handle,
  'int',
  'int',
  'int',
  'int',
  'int',
  host,
  place,
  'int',
  'int64_t',
  place,
  'int',
  'int64_t',
  host,
  place,
  'int',
  'int64_t',
  'int',
]

/** What each function takes; all return `int`. */
export const signatures: {
  readonly [L in LibraryName]: { readonly [F in keyof Libraries[L]]: readonly string[] }
} = {
  driver: {
    cuInit: ['uint'],
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
    cuLaunchKernel: [handle, 'uint', 'uint', 'uint', 'uint', 'uint', 'uint', 'uint', handle, host, host],
  },
  nvrtc: {
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
    cublasDgemmStridedBatched: gemm,
    cublasSgemmStridedBatched: gemm,
    cublasDtrsm_v2: [handle, 'int', 'int', 'int', 'int', 'int', 'int', host, place, 'int', place, 'int'],
  },
  cusolver: {
    cusolverDnCreate: [host],
    cusolverDnDpotrf_bufferSize: [handle, 'int', 'int', place, 'int', host],
    cusolverDnDpotrf: [handle, 'int', 'int', place, 'int', place, 'int', place],
    cusolverDnDgetrf_bufferSize: [handle, 'int', 'int', place, 'int', host],
    cusolverDnDgetrf: [handle, 'int', 'int', place, 'int', place, place, place],
    cusolverDnDgetrs: [handle, 'int', 'int', 'int', place, 'int', place, place, 'int', place],
    cusolverDnDsyevd_bufferSize: [handle, 'int', 'int', 'int', place, 'int', place, host],
    cusolverDnDsyevd: [handle, 'int', 'int', 'int', place, 'int', place, place, 'int', place],
  },
}

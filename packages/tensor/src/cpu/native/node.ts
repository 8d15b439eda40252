import { readFileSync } from 'node:fs'
import { NtkError } from '../../errors.js'
import { show } from '../../options/show.js'
import { bindBlas } from './blas.js'
import { type Candidate, candidates, lapackCandidates } from './candidates.js'
import { type CpuInfo, coreIsBehind, coreTypeFor, parseCpuInfo } from './coretype.js'
import { type Ffi, firstLine, loadFfi, withEnvironment } from './ffi.js'
import { identify, loadedPath } from './identify.js'
import { bindLapack } from './lapack.js'
import { findInterface } from './symbols.js'
import type { NativeBlas, NativeDescription } from './types.js'

/** Slower than this and our own WebAssembly is the better choice: the reference BLAS does 1 to 3, a tuned one 20 and more. */
const leastGflops = 8

/**
 * OpenBLAS' idle threads spin for 2^26 cycles by default, 30 ms in which they slow down the work between two products on
 * a sibling core; 2^16 cycles are still longer than it takes to wake them.
 */
const patience = '16'

type Found = { readonly blas: NativeBlas } | { readonly reason: string; readonly notes: readonly string[] }

/** A BLAS as the environment asks for it. Throws NtkError 'config' where `NTK_BLAS` names one that cannot be used. */
export function findBlas(env: Readonly<Record<string, string | undefined>>): Found {
  const wanted = env.NTK_BLAS ?? ''
  if (/^(off|none|0|false)$/i.test(wanted))
    return { reason: `NTK_BLAS=${wanted} turns native libraries off.`, notes: [] }
  const ffi = loadFfi()
  if ('reason' in ffi) {
    if (wanted !== '') throw unusable(wanted, ffi.reason, 'Install koffi, or unset NTK_BLAS.')
    return { reason: ffi.reason, notes: [] }
  }
  const cpu = readCpu()
  if (wanted !== '') {
    const tried = tryLibrary(ffi, { name: wanted, family: 'unknown' }, env, cpu, true)
    if (typeof tried !== 'string') return { blas: tried }
    throw unusable(wanted, tried, 'Give a path or a name that the system loader finds, or off.')
  }
  const notes: string[] = []
  for (const candidate of candidates(process.platform, env)) {
    const tried = tryLibrary(ffi, candidate, env, cpu, false)
    if (typeof tried !== 'string') return { blas: notes.length === 0 ? tried : withNotes(tried, notes) }
    // That a usual place is empty is no news.
    if (!isMissing(tried)) notes.push(`${candidate.name}: ${tried}`)
  }
  return { reason: 'No BLAS was found in the usual places.', notes }
}

function unusable(name: string, reason: string, fix: string): NtkError {
  return new NtkError('config', {
    what: `NTK_BLAS names a library that cannot be used: ${name}.`,
    got: reason,
    fix,
  })
}

const isMissing = (reason: string): boolean =>
  /cannot open shared object|no such file|could not find|not found/i.test(reason)

function withNotes(blas: NativeBlas, notes: readonly string[]): NativeBlas {
  const { description } = blas
  return { ...blas, description: { ...description, notes: [...notes, ...description.notes] } }
}

function readCpu(): CpuInfo | null {
  try {
    return process.arch === 'x64' ? parseCpuInfo(readFileSync('/proc/cpuinfo', 'utf8')) : null
  } catch {
    return null
  }
}

/** The library bound, or why it cannot be used. */
function tryLibrary(
  ffi: Ffi,
  { name, family }: Candidate,
  env: Readonly<Record<string, string | undefined>>,
  cpu: CpuInfo | null,
  insisted: boolean,
): NativeBlas | string {
  const chosenCore = env.OPENBLAS_CORETYPE === undefined && cpu !== null ? coreTypeFor(cpu) : null
  let library: ReturnType<Ffi['load']>
  try {
    // MKL loads further libraries that expect its symbols to be global.
    const options = family === 'mkl' || /mkl_rt/.test(name) ? { global: true } : {}
    library = withEnvironment(ffi, 'OPENBLAS_CORETYPE', chosenCore, () =>
      withEnvironment(
        ffi,
        'OPENBLAS_THREAD_TIMEOUT',
        env.OPENBLAS_THREAD_TIMEOUT === undefined ? patience : null,
        () => ffi.load(name, options),
      ),
    )
  } catch (error) {
    return firstLine(error)
  }
  const api = findInterface(library)
  if (api === null) return 'it has no dgemm that can be called'
  const d = bindBlas<Float64Array>(api, 'd')
  const s = bindBlas<Float32Array>(api, 's')
  if (d === null || s === null) return 'it lacks gemm, syrk or trsm'
  const identity = identify(api, family)
  if (identity.family === 'unknown' && !insisted) {
    const gflops = measure(d.gemm)
    if (gflops < leastGflops) return `it is slower than the built-in kernels (${gflops.toFixed(1)} GFLOP/s)`
  }
  const lapack = withEnvironment(ffi, 'OPENBLAS_CORETYPE', chosenCore, () => findLapack(ffi, api))
  const notes: string[] = []
  if (identity.core !== null && cpu !== null && coreIsBehind(identity.core, cpu)) {
    const set = env.OPENBLAS_CORETYPE
    const why = set === undefined ? 'a newer OpenBLAS would be faster' : `OPENBLAS_CORETYPE=${set} was set`
    notes.push(`OpenBLAS runs its ${identity.core} kernels, which are behind this processor (${why}).`)
  }
  const description: NativeDescription = {
    inUse: true,
    family: identity.family,
    library: loadedPath(name),
    lapack: lapack === null ? null : (lapack.from ?? loadedPath(name)),
    config: identity.config,
    core: identity.core,
    chosenCore: identity.family === 'openblas' ? chosenCore : null,
    integerBits: api.integerBits,
    threads: identity.threads(),
    reason: null,
    notes,
  }
  return {
    description,
    lapack: lapack?.lapack ?? null,
    dgemm: d.gemm,
    sgemm: s.gemm,
    dsyrk: d.syrk,
    ssyrk: s.syrk,
    dtrsm: d.trsm,
    strsm: s.trsm,
    threads: identity.threads,
    setThreads: (count) => {
      if (!Number.isInteger(count) || count < 1) {
        throw new NtkError('option', { what: 'setThreads needs a positive integer.', got: show(count) })
      }
      return identity.setThreads(count)
    },
  }
}

interface FoundLapack {
  readonly lapack: NonNullable<NativeBlas['lapack']>
  /** Null where it is the BLAS library itself. */
  readonly from: string | null
}

function findLapack(ffi: Ffi, api: NonNullable<ReturnType<typeof findInterface>>): FoundLapack | null {
  const own = bindLapack(api)
  if (own !== null) return { lapack: own, from: null }
  for (const name of lapackCandidates(process.platform, api.integerBits)) {
    try {
      const library = ffi.load(name)
      const lapack = bindLapack({ ...api, library, fortran: (symbol) => `${symbol}_` })
      if (lapack !== null) return { lapack, from: loadedPath(name) }
    } catch {
      // Not in this place: the next.
    }
  }
  return null
}

/** GFLOP/s of a small product, the best of five; a few milliseconds on the slowest library. */
function measure(dgemm: NativeBlas['dgemm']): number {
  const n = 128
  const a = new Float64Array(n * n).fill(1)
  const c = new Float64Array(n * n)
  let best = Infinity
  for (let run = 0; run < 5; run++) {
    const start = performance.now()
    dgemm(false, false, n, n, n, 1, a, n, a, n, 0, c, n)
    best = Math.min(best, performance.now() - start)
  }
  return (2 * n ** 3) / best / 1e6
}

let found: Found | null = null

export function loadNative(): NativeBlas | null {
  found ??= findBlas(process.env)
  return 'blas' in found ? found.blas : null
}

export function describeLoaded(): NativeDescription {
  let reason: string
  let notes: readonly string[] = []
  try {
    const blas = loadNative()
    if (blas !== null) return { ...blas.description, threads: blas.threads() }
    if (found !== null && 'reason' in found) ({ reason, notes } = found)
    else reason = ''
  } catch (error) {
    reason = firstLine(error)
  }
  return { ...nothing, reason, notes }
}

const nothing: NativeDescription = {
  inUse: false,
  family: null,
  library: null,
  lapack: null,
  config: null,
  core: null,
  chosenCore: null,
  integerBits: null,
  threads: null,
  reason: null,
  notes: [],
}

export { tuneMemory } from './memory.js'

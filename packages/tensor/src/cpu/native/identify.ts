import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { symbol } from './ffi.js'
import type { Interface } from './symbols.js'
import type { NativeFamily } from './types.js'

/** What a library tells of itself. */
export interface Identity {
  readonly family: NativeFamily
  readonly config: string | null
  readonly core: string | null
  threads(): number | null
  setThreads(count: number): boolean
}

type Probe = (api: Interface) => Identity | null

/** By functions that only one family has. */
export function identify(api: Interface, hint: NativeFamily): Identity {
  for (const probe of [openblas, mkl, flexiblas, blis]) {
    const identity = probe(api)
    if (identity !== null) return identity
  }
  // Accelerate has no functions of its own for this; its threads are an environment variable's matter.
  const family = hint === 'accelerate' ? hint : 'unknown'
  return { family, config: null, core: null, threads: () => null, setThreads: () => false }
}

function text({ library }: Interface, name: string): string | null {
  const value = symbol(library, name, 'str', [])?.()
  return typeof value === 'string' ? value : null
}

/** `get` and `set` take or give an integer of the given type. */
function threadCalls(
  { library }: Interface,
  get: string,
  set: string,
  type: string,
): Pick<Identity, 'threads' | 'setThreads'> {
  const getter = symbol(library, get, type, [])
  const setter = symbol(library, set, 'void', [type])
  return {
    threads: () => {
      // BLIS answers -1 until it is told.
      const count = Number(getter?.() ?? 0)
      return count > 0 ? count : null
    },
    setThreads: (count) => {
      setter?.(count)
      return setter !== null
    },
  }
}

const openblas: Probe = (api) => {
  const config = text(api, api.own('openblas_get_config'))
  if (config === null) return null
  return {
    family: 'openblas',
    config,
    core: text(api, api.own('openblas_get_corename')),
    ...threadCalls(api, api.own('openblas_get_num_threads'), api.own('openblas_set_num_threads'), 'int'),
  }
}

const mkl: Probe = (api) => {
  const version = symbol(api.library, 'MKL_Get_Version_String', 'void', ['void *', 'int'])
  if (version === null) return null
  const buffer = new Uint8Array(200)
  version(buffer, buffer.length)
  const config = new TextDecoder().decode(buffer).replace(/[\0 ]+$/, '')
  return {
    family: 'mkl',
    config,
    core: null,
    ...threadCalls(api, 'MKL_Get_Max_Threads', 'MKL_Set_Num_Threads', 'int'),
  }
}

const flexiblas: Probe = (api) => {
  const backend = symbol(api.library, 'flexiblas_current_backend', 'int', ['void *', 'size_t'])
  if (backend === null) return null
  const buffer = new Uint8Array(200)
  backend(buffer, buffer.length)
  const config = `FlexiBLAS with ${new TextDecoder().decode(buffer).split('\0')[0]}`
  return {
    family: 'flexiblas',
    config,
    core: null,
    ...threadCalls(api, 'flexiblas_get_num_threads', 'flexiblas_set_num_threads', 'int'),
  }
}

const blis: Probe = (api) => {
  const version = text(api, 'bli_info_get_version_str')
  if (version === null) return null
  // BLIS counts in its own integers, which are 64 bits wide on 64-bit machines whatever its BLAS has.
  const calls = threadCalls(api, 'bli_thread_get_num_threads', 'bli_thread_set_num_threads', 'int64')
  return { family: 'blis', config: `BLIS ${version}`, core: null, ...calls }
}

/** The file that the loader mapped for `name`; the name itself where the system does not tell. */
export function loadedPath(name: string): string {
  try {
    const stem = basename(name).split('.')[0] as string
    const files = readFileSync('/proc/self/maps', 'utf8')
      .split('\n')
      .map((line) => line.slice(line.indexOf('/')))
      .filter((path) => path.startsWith('/') && basename(path).startsWith(stem))
    return files[0] ?? name
  } catch {
    return name
  }
}

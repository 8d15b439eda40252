import { type Ffi, type ForeignLibrary, firstLine } from '@ntk/tensor/node'
import { type Libraries, type LibraryName, signatures } from '../api.js'

/** What is called of a library, and where it lies. */
export interface Bound<L extends LibraryName> {
  readonly functions: Libraries[L]
  readonly library: ForeignLibrary
  readonly path: string
}

const words: Readonly<Record<LibraryName, string>> = {
  driver: "NVIDIA's driver",
  nvrtc: 'NVRTC',
  cublas: 'cuBLAS',
  cusolver: 'cuSOLVER',
}

/** The first of `paths` that loads, or why the first does not, with its name. Names without a folder are the system loader's matter. */
export function load(ffi: Ffi, paths: readonly string[]): { library: ForeignLibrary; path: string } | string {
  let reason: string | null = null
  for (const path of paths) {
    try {
      return { library: ffi.load(path), path }
    } catch (error) {
      // koffi's words may leave the name out
      reason ??= `${path}: ${firstLine(error)}`
    }
  }
  return reason ?? 'there is no name to try'
}

/** A library with every function that is called of it, or why it cannot be had. */
export function bind<L extends LibraryName>(ffi: Ffi, name: L, paths: readonly string[]): Bound<L> | string {
  const loaded = load(ffi, paths)
  if (typeof loaded === 'string') return `${words[name]} cannot be loaded (${loaded})`
  const functions: Record<string, unknown> = {}
  for (const [f, takes] of Object.entries<readonly string[]>(signatures[name])) {
    try {
      functions[f] = loaded.library.func(f, 'int', takes)
    } catch {
      return `${loaded.path} has no ${f}, which ${words[name]} has in CUDA 11.2 and newer`
    }
  }
  // the keys are those of `signatures`, whose type holds every function of the library
  return { ...loaded, functions: functions as unknown as Libraries[L] }
}

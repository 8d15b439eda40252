import { wasmDeflated, wasmLength } from '../../generated/wasm.js'
import { inflate } from './inflate.js'

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** Node's own is quicker, and a new process waits for it; elsewhere there is none that answers at once. */
function binary(): Uint8Array<ArrayBuffer> {
  const packed = decode(wasmDeflated)
  const hasModules = typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function'
  const zlib = hasModules ? process.getBuiltinModule('node:zlib') : undefined
  return zlib === undefined ? inflate(packed, wasmLength) : new Uint8Array(zlib.inflateRawSync(packed))
}

/** "env" "memory", kind memory, limits with a maximum: the flag behind it, set to 3, makes the imported memory a shared one. */
const memoryImport = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 1]

function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = bytes.findIndex((_, i) => memoryImport.every((byte, j) => bytes[i + j] === byte))
  bytes[at + memoryImport.length - 1] = 3
  return bytes
}

let plain: WebAssembly.Module | undefined
let threaded: WebAssembly.Module | undefined

/** The compiled module, made at first use: one code, for a memory of its own or for one shared between threads. */
export function wasmModule(shared = false): WebAssembly.Module {
  if (shared) {
    threaded ??= new WebAssembly.Module(withSharedMemory(binary()))
    return threaded
  }
  plain ??= new WebAssembly.Module(binary())
  return plain
}

export function newMemory(shared: boolean): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 16, maximum: 65536, shared })
}

import { createRequire } from 'node:module'
import { arch, availableParallelism, cpus, freemem, platform, release, totalmem } from 'node:os'
import { dataDir } from '@ntk/datasets/node'
import { defaultBackend, describeCpu } from '@ntk/tensor'
import { ownVersion } from '../version.js'

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`

/** Packages that are used where they are installed, and never needed. */
const optional = [
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
  '@tensorflow/tfjs-backend-webgpu',
  'webgpu',
]

function installed(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}

/** Lines of an environment that say where files lie: nothing to publish. */
export const linesWithPaths: readonly string[] = ['BLAS', 'LAPACK', 'data folder']

/** What a command runs on: the machine, Node, and what the engine has found. For `ntk doctor` and reports. */
export function environment(): [string, string][] {
  const [cpu] = cpus()
  const engine = describeCpu()
  const { blas, wasm, wasmThreads } = engine
  const rows: [string, string | null][] = [
    ['ntk', ownVersion()],
    ['Node', `${process.version} on ${platform()} ${release()}, ${arch()}`],
    ['processor', `${cpu?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores`],
    ['memory', `${gigabytes(totalmem())}, ${gigabytes(freemem())} free`],
    ['backend', `${defaultBackend().name}, float64`],
    ['WebAssembly', wasm.simd ? 'with 128-bit vectors' : `not usable: ${wasm.reason}`],
    ['WebAssembly threads', `${wasmThreads.threads} (${wasmThreads.reason}; NTK_THREADS sets their number)`],
    ['products', `${engine.products}, ${engine.threads} ${engine.threads === 1 ? 'thread' : 'threads'}`],
    ['factorizations', engine.factorizations],
    ['BLAS', blas.inUse ? `${blas.family} at ${blas.library}` : `none: ${blas.reason}`],
    ['BLAS build', blas.config],
    [
      'BLAS core',
      blas.core === null ? null : `${blas.core}${blas.chosenCore === null ? '' : ', chosen by ntk'}`,
    ],
    ['LAPACK', blas.lapack],
    ...blas.notes.map((note): [string, string] => ['note', note]),
    ['optional', optional.map((name) => `${name} ${installed(name) ? 'yes' : 'no'}`).join(', ')],
    ['data folder', dataDir()],
  ]
  return rows.filter((row): row is [string, string] => row[1] !== null)
}

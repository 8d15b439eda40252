import { join } from 'node:path'
import type { NativeFamily } from './types.js'

/** A library to try: a path, or a name that the system's loader resolves. */
export interface Candidate {
  readonly name: string
  readonly family: NativeFamily
}

type Environment = Readonly<Record<string, string | undefined>>

const openblas = (name: string): Candidate => ({ name, family: 'openblas' })
const mkl = (name: string): Candidate => ({ name, family: 'mkl' })

/**
 * Where a BLAS usually is, best first: the active conda environment, then the system's own. Plain `libblas` comes
 * last, for it may be the slow reference implementation.
 */
export function candidates(platform: string, env: Environment): Candidate[] {
  switch (platform) {
    case 'darwin':
      return [
        { name: '/System/Library/Frameworks/Accelerate.framework/Accelerate', family: 'accelerate' },
        ...under(env.CONDA_PREFIX, 'lib', [openblas('libopenblas.dylib'), mkl('libmkl_rt.2.dylib')]),
        openblas('/opt/homebrew/opt/openblas/lib/libopenblas.dylib'),
        openblas('/usr/local/opt/openblas/lib/libopenblas.dylib'),
      ]
    case 'win32':
      return [
        ...under(env.CONDA_PREFIX, 'Library/bin', [
          openblas('openblas.dll'),
          openblas('libopenblas.dll'),
          mkl('mkl_rt.2.dll'),
        ]),
        ...under(env.MKLROOT, 'bin', [mkl('mkl_rt.2.dll')]),
        openblas('libopenblas.dll'),
        openblas('openblas.dll'),
        mkl('mkl_rt.2.dll'),
        mkl('mkl_rt.1.dll'),
      ]
    default:
      return [
        ...under(env.CONDA_PREFIX, 'lib', [openblas('libopenblas.so.0'), mkl('libmkl_rt.so.2')]),
        openblas('libopenblas.so.0'),
        openblas('libopenblas.so'),
        openblas('libopenblas64.so.0'),
        openblas('libopenblas64_.so.0'),
        ...under(env.MKLROOT, 'lib', [mkl('libmkl_rt.so.2')]),
        mkl('libmkl_rt.so.2'),
        mkl('libmkl_rt.so'),
        mkl('/opt/intel/oneapi/mkl/latest/lib/libmkl_rt.so.2'),
        { name: 'libflexiblas.so.3', family: 'flexiblas' },
        { name: 'libblis.so.4', family: 'blis' },
        { name: 'libblas.so.3', family: 'unknown' },
      ]
  }
}

function under(root: string | undefined, folder: string, names: readonly Candidate[]): Candidate[] {
  if (root === undefined || root === '') return []
  return names.map(({ name, family }) => ({ name: join(root, folder, name), family }))
}

/** LAPACK beside a BLAS that has none: by the loader's name, for integers of that width. */
export function lapackCandidates(platform: string, integerBits: 32 | 64): readonly string[] {
  if (platform === 'darwin' || platform === 'win32') return []
  return integerBits === 32 ? ['liblapack.so.3', 'liblapack.so'] : ['liblapack64.so.3']
}

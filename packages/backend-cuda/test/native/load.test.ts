/** Loading and binding for true, of libraries that a C compiler makes: they have the names and functions of CUDA's, and compute nothing. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { afterAll, describe, expect, it } from 'vitest'
import { type LibraryName, signatures } from '../../src/api.js'
import { loadCuda } from '../../src/native/node.js'
import { compiler } from '../stand-in/compiler.js'

const root = mkdtempSync(join(tmpdir(), 'ntk-cuda-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A library of these functions at a path below `root`, which needs `needs` as CUDA's do: by name, without a folder. */
function make(path: string, functions: readonly string[], needs: readonly string[] = []): string {
  const whole = join(root, path)
  mkdirSync(dirname(whole), { recursive: true })
  const source = `${whole}.c`
  writeFileSync(source, functions.join('\n'))
  const name = `-Wl,-soname,${path.split('/').at(-1)}`
  const flags = ['-shared', '-fPIC', '-w', name, '-Wl,--no-as-needed', '-o', whole, source, ...needs]
  execFileSync(compiler ?? 'cc', flags)
  return whole
}

/** The versions that the libraries tell: cuBLAS' is 12.8.4, cuSOLVER's 11.7.3. */
const tells: Readonly<Record<LibraryName, string>> = {
  driver: '',
  nvrtc: 'int nvrtcVersion(int* major, int* minor) { *major = 12; *minor = 8; return 0; }',
  cublas:
    'int cublasGetProperty(int type, int* value) { *value = type == 0 ? 12 : type == 1 ? 8 : 4; return 0; }',
  cusolver:
    'int cusolverGetProperty(int type, int* value) { *value = type == 0 ? 11 : type == 1 ? 7 : 3; return 0; }',
}

const functionsOf = (library: LibraryName, without?: string): string[] => [
  ...Object.keys(signatures[library])
    .filter((name) => name !== without)
    .map((name) => `int ${name}() { return 0; }`),
  tells[library],
]

function driver(name: string, version: number, status = 0): string {
  const rest = functionsOf('driver', 'cuInit')
  return make(`${name}/libcuda.so.1`, [
    ...rest,
    `int cuInit() { return ${status}; }`,
    `int cuDriverGetVersion(int* version) { *version = ${version}; return 0; }`,
  ])
}

/** The wheels of CUDA 12, each library in a folder of its own. */
function wheels12(env: string, without?: string): string {
  const nvidia = `${env}/lib/python3.12/site-packages/nvidia`
  make(`${nvidia}/cuda_nvrtc/lib/libnvrtc.so.12`, functionsOf('nvrtc', without))
  const lt = make(`${nvidia}/cublas/lib/libcublasLt.so.12`, ['int lt() { return 0; }'])
  const cublas = make(`${nvidia}/cublas/lib/libcublas.so.12`, functionsOf('cublas'), [lt])
  const link = make(`${nvidia}/nvjitlink/lib/libnvJitLink.so.12`, ['int link_() { return 0; }'])
  const sparse = make(`${nvidia}/cusparse/lib/libcusparse.so.12`, ['int sparse() { return 0; }'], [link])
  make(`${nvidia}/cusolver/lib/libcusolver.so.11`, functionsOf('cusolver'), [cublas, sparse])
  return join(root, env)
}

function wheels13(env: string): string {
  const lib = `${env}/lib/python3.12/site-packages/nvidia/cu13/lib`
  make(`${lib}/libnvrtc.so.13`, functionsOf('nvrtc'))
  make(`${lib}/libcublas.so.13`, functionsOf('cublas'))
  make(`${lib}/libcusolver.so.12`, functionsOf('cusolver'))
  return join(root, env)
}

function errorOf(f: () => unknown): NtkError {
  try {
    f()
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe.skipIf(compiler === null || process.platform !== 'linux')(
  'CUDA is loaded (skipped without a C compiler on Linux)',
  () => {
    it('binds every function of the wheels of CUDA 12, with what they need from one another', () => {
      const env = wheels12('whole')
      const loaded = loadCuda({ VIRTUAL_ENV: env }, ['libnone.so.1', driver('whole', 12080)])
      if ('reason' in loaded) throw new Error(loaded.reason)
      const { api, versions } = loaded
      expect(versions).toEqual({ driver: '12.8', nvrtc: '12.8', cublas: '12.8.4', cusolver: '11.7.3' })
      expect(api.about.cusolver).toBe(
        join(env, 'lib/python3.12/site-packages/nvidia/cusolver/lib/libcusolver.so.11'),
      )
      expect(api.about.driver).toBe(join(root, 'whole/libcuda.so.1'))
      for (const library of ['driver', 'nvrtc', 'cublas', 'cusolver'] as const)
        expect(Object.keys(api[library])).toEqual(Object.keys(signatures[library]))
      expect(api.driver.cuCtxSynchronize()).toBe(0)
    })

    it('passes over a CUDA that the driver is too old for', () => {
      const env = wheels12('both')
      wheels13('both')
      const of = (version: number): string => {
        const loaded = loadCuda({ NTK_CUDA: env }, [driver(`both-${version}`, version)])
        return 'api' in loaded ? loaded.api.about.nvrtc : loaded.reason
      }
      expect(of(12040)).toMatch(/libnvrtc\.so\.12$/)
      expect(of(13000)).toMatch(/libnvrtc\.so\.13$/)
    })

    it('says that the driver is too old where there is no older CUDA', () => {
      const env = wheels13('new')
      const error = errorOf(() => loadCuda({ NTK_CUDA: env }, [driver('new', 12040)]))
      expect(error.code).toBe('config')
      expect(error.got).toBe(`${env} (NTK_CUDA (${env}) has CUDA 13, and the driver is of CUDA 12.4)`)
    })

    it('names the function that a library or the driver lacks', () => {
      const env = wheels12('old', 'nvrtcGetCUBIN')
      const whole = driver('old', 12080)
      expect(errorOf(() => loadCuda({ NTK_CUDA: env }, [whole])).got).toMatch(
        /\/libnvrtc\.so\.12 has no nvrtcGetCUBIN, which NVRTC has in CUDA 11\.2 and newer/,
      )
      const path = make('older/libcuda.so.1', functionsOf('driver', 'cuMemAllocAsync'))
      expect(loadCuda({ VIRTUAL_ENV: env }, [path])).toEqual({
        reason: `${path} has no cuMemAllocAsync, which NVIDIA's driver has in CUDA 11.2 and newer.`,
        fix: "Install or update NVIDIA's driver.",
      })
    })

    it('says why the driver does not start or is not there', () => {
      const env = { VIRTUAL_ENV: join(root, 'whole') }
      const loaded = loadCuda(env, [driver('none', 12080, 100)])
      expect('reason' in loaded && loaded.reason).toMatch(
        /does not start: CUDA refused a call: cuInit\. Got CUDA_ERROR_NO_DEVICE \(100\)/,
      )
      const missing = loadCuda(env, ['libnone.so.1', 'libneither.so.1'])
      expect('reason' in missing && missing.reason).toMatch(
        /^NVIDIA's driver cannot be loaded \(libnone\.so\.1: /,
      )
    })

    it('refuses an NTK_CUDA without CUDA, with a driver and without', () => {
      mkdirSync(join(root, 'empty'), { recursive: true })
      for (const names of [[driver('any', 12080)], ['libnone.so.1']]) {
        const error = errorOf(() => loadCuda({ NTK_CUDA: join(root, 'empty') }, names))
        expect(error.code).toBe('config')
        expect(error.got).toBe(`${join(root, 'empty')} (no NVRTC, no cuBLAS and no cuSOLVER)`)
      }
    })
  },
)

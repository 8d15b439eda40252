import { describe, expect, it } from 'vitest'
import { candidates } from '../../src/cpu/native/candidates.js'
import { coreIsBehind, coreTypeFor, parseCpuInfo } from '../../src/cpu/native/coretype.js'
import { describeNative, native } from '../../src/cpu/native/index.js'
import { findBlas } from '../../src/cpu/native/node.js'
import * as none from '../../src/cpu/native/none.js'
import { NtkError } from '../../src/errors.js'
import { machineBlas } from './support.js'

const { blas, reason } = machineBlas()

function errorOf(run: () => unknown): NtkError {
  try {
    run()
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const avx512 = 'avx2 fma avx512f avx512dq avx512cd avx512bw avx512vl'
const cpu = (vendor: string, family: number, flags: string) => {
  const text = `processor\t: 0\nvendor_id\t: ${vendor}\ncpu family\t: ${family}\nmodel\t\t: 207\nflags\t\t: fpu ${flags}\nbugs\t\t: x\n`
  const info = parseCpuInfo(`${text}\n${text.replace('processor\t: 0', 'processor\t: 1')}`)
  if (info === null) throw new Error('not parsed')
  return info
}

describe('the core type for OpenBLAS', () => {
  it.each([
    ['GenuineIntel', 6, `${avx512} avx512_bf16 amx_bf16 amx_tile`, 'SAPPHIRERAPIDS'],
    ['GenuineIntel', 6, `${avx512} avx512_bf16`, 'COOPERLAKE'],
    ['GenuineIntel', 6, avx512, 'SKYLAKEX'],
    ['GenuineIntel', 6, 'avx avx2 fma', 'HASWELL'],
    ['GenuineIntel', 6, 'avx', null],
    ['AuthenticAMD', 25, `${avx512} avx512_bf16`, 'COOPERLAKE'],
    ['AuthenticAMD', 23, 'avx2 fma', 'ZEN'],
    ['AuthenticAMD', 21, 'avx2 fma', null],
    ['CentaurHauls', 7, 'avx2 fma', null],
  ])('follows from vendor %s, family %d and flags', (vendor, family, flags, want) => {
    expect(coreTypeFor(cpu(vendor, family, flags))).toBe(want)
  })

  it('is left alone on processors of other kinds', () => {
    expect(parseCpuInfo('processor\t: 0\nFeatures\t: fp asimd\n')).toBeNull()
  })

  it('is behind where the kernels know less than the processor', () => {
    const wide = cpu('GenuineIntel', 6, avx512)
    const narrow = cpu('AuthenticAMD', 23, 'avx2 fma')
    expect(['Prescott', 'Haswell', 'SkylakeX'].map((core) => coreIsBehind(core, wide))).toEqual([
      true,
      true,
      false,
    ])
    expect(['Prescott', 'Zen', 'Haswell'].map((core) => coreIsBehind(core, narrow))).toEqual([
      true,
      false,
      false,
    ])
  })
})

describe('the places where a BLAS is looked for', () => {
  it('begin with the active conda environment and differ by system', () => {
    const first = (platform: string, env = {}): string | undefined => candidates(platform, env)[0]?.name
    expect(first('linux')).toBe('libopenblas.so.0')
    expect(first('linux', { CONDA_PREFIX: '/opt/conda' })).toBe('/opt/conda/lib/libopenblas.so.0')
    expect(first('darwin')).toContain('Accelerate.framework')
    expect(first('win32')).toBe('libopenblas.dll')
  })
})

describe('NTK_BLAS', () => {
  it('turns native libraries off', () => {
    expect(findBlas({ NTK_BLAS: 'off' })).toEqual({
      reason: 'NTK_BLAS=off turns native libraries off.',
      notes: [],
    })
  })

  it('ends in an error with its name where it names no library', () => {
    const error = errorOf(() => findBlas({ NTK_BLAS: '/nowhere/libnothing.so.3' }))
    expect(error.code).toBe('config')
    expect(error.message).toContain('/nowhere/libnothing.so.3')
  })

  it.skipIf(blas === null)(`names a library by its path${reason && ` (${reason})`}`, () => {
    const found = findBlas({ NTK_BLAS: blas?.description.library ?? '' })
    expect('blas' in found && found.blas.description.library).toBe(blas?.description.library)
  })

  it.skipIf(process.platform !== 'linux' || blas === null)(
    'refuses a library without a matrix product',
    () => {
      expect(errorOf(() => findBlas({ NTK_BLAS: 'libm.so.6' })).message).toContain('no dgemm')
    },
  )
})

describe('the description of what is in use', () => {
  it('says what is in use or why nothing is, never both', () => {
    const description = describeNative()
    expect(description.inUse).toBe(native() !== null)
    expect(description.reason === null).toBe(description.inUse)
    expect(description.library === null).toBe(!description.inUse)
  })

  it.skipIf(blas?.description.family !== 'openblas')('tells the build and the kernels of OpenBLAS', () => {
    expect(blas?.description.config).toMatch(/^OpenBLAS \d+\.\d+/)
    expect(blas?.description.core).toBeTruthy()
    // Kernels that somebody chose may be behind; those that we choose are not.
    const chosen = process.env.OPENBLAS_CORETYPE
    const behind = blas?.description.notes.filter((note) => note.includes('behind')) ?? []
    if (chosen === undefined) expect(behind).toEqual([])
    else for (const note of behind) expect(note).toContain(`OPENBLAS_CORETYPE=${chosen} was set`)
  })

  it('leaves no trace in the environment of child processes', () => {
    const before = process.env.OPENBLAS_CORETYPE
    native()
    expect(process.env.OPENBLAS_CORETYPE).toBe(before)
  })

  it('says so where there are no foreign functions', () => {
    expect(none.loadNative()).toBeNull()
    expect(none.describeLoaded().reason).toBe('This runtime cannot call native libraries.')
    expect(Object.keys(none.describeLoaded()).sort()).toEqual(Object.keys(describeNative()).sort())
  })
})

describe.skipIf(blas === null || blas.threads() === null)('the thread count', () => {
  it('can be set and read', () => {
    const before = blas?.threads() as number
    expect(blas?.setThreads(1)).toBe(true)
    expect(blas?.threads()).toBe(1)
    blas?.setThreads(before)
    expect(blas?.threads()).toBe(before)
    expect(errorOf(() => blas?.setThreads(0)).code).toBe('option')
  })
})

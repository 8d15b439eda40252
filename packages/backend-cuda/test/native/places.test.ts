import { describe, expect, it } from 'vitest'
import { type Files, findToolkits, places } from '../../src/native/places.js'

/** A file system of these files. */
function having(...paths: readonly string[]): Files {
  return {
    list: (folder) => [
      ...new Set(
        paths
          .filter((path) => path.startsWith(`${folder}/`))
          .map((path) => path.slice(folder.length + 1).split('/')[0] as string),
      ),
    ],
  }
}

const wheels12 = [
  'cuda_nvrtc/lib/libnvrtc.so.12',
  'cublas/lib/libcublas.so.12',
  'cublas/lib/libcublasLt.so.12',
  'cusolver/lib/libcusolver.so.11',
].map((path) => `/env/lib/python3.11/site-packages/nvidia/${path}`)

describe('where the libraries of CUDA are looked for', () => {
  it('finds the wheels of an environment of Python, with what they load in turn', () => {
    const { found } = findToolkits({ VIRTUAL_ENV: '/env' }, having(...wheels12), 'linux')
    expect(found[0]).toEqual({
      cuda: 12,
      libraries: { nvrtc: wheels12[0], cublas: wheels12[1], cusolver: wheels12[3] },
      helpers: [wheels12[2]],
      place: 'VIRTUAL_ENV (/env)',
    })
  })

  it('keeps the wheels of two CUDAs in one environment apart', () => {
    const nvidia = '/env/lib/python3.11/site-packages/nvidia'
    const wheels13 = ['libnvrtc.so.13', 'libcublas.so.13', 'libcusolver.so.12'].map(
      (file) => `${nvidia}/cu13/lib/${file}`,
    )
    const sparse = [`${nvidia}/cu13/lib/libcusparse.so.12`, `${nvidia}/cusparse/lib/libcusparse.so.12`]
    const files = having(...wheels12, ...wheels13, ...sparse)
    const { found } = findToolkits({ NTK_CUDA: '/env' }, files, 'linux')
    expect(found.map(({ cuda, helpers }) => ({ cuda, helpers }))).toEqual([
      { cuda: 13, helpers: [sparse[0]] },
      { cuda: 12, helpers: [wheels12[2], sparse[1]] },
    ])
  })

  it('finds a toolkit, on Windows too', () => {
    const linux = having(
      '/opt/cuda/lib64/libnvrtc.so.13',
      '/opt/cuda/lib64/libcublas.so.13',
      '/opt/cuda/lib64/libcusolver.so.12',
    )
    expect(findToolkits({ CUDA_HOME: '/opt/cuda' }, linux, 'linux').found[0]?.cuda).toBe(13)
    const windows = having(
      'C:/CUDA/bin/nvrtc64_120_0.dll',
      'C:/CUDA/bin/cublas64_12.dll',
      'C:/CUDA/bin/cusolver64_11.dll',
    )
    expect(findToolkits({ CUDA_PATH: 'C:/CUDA' }, windows, 'windows').found[0]?.cuda).toBe(12)
  })

  it('lists what is loaded first in the order in which it is needed, and of that CUDA alone', () => {
    const files = having(
      ...['nvrtc.so.12', 'cublas.so.12', 'cusolver.so.11', 'cusparse.so.12', 'cublasLt.so.12'].map(
        (file) => `/lib12/lib${file}`,
      ),
      ...['nvrtc-builtins.so.12.8', 'nvrtc-builtins.so.13.0', 'nvJitLink.so.12', 'nvJitLink.so.13'].map(
        (file) => `/lib12/lib${file}`,
      ),
    )
    expect(findToolkits({ NTK_CUDA: '/lib12' }, files, 'linux').found[0]?.helpers).toEqual([
      '/lib12/libnvJitLink.so.12',
      '/lib12/libcublasLt.so.12',
      '/lib12/libcusparse.so.12',
      '/lib12/libnvrtc-builtins.so.12.8',
    ])
  })

  it('never takes libraries of two CUDAs together, and says what is missing', () => {
    const mixed = having('/mix/lib/libnvrtc.so.13', '/mix/lib/libcublas.so.12', '/mix/lib/libcusolver.so.12')
    const { found, lacking } = findToolkits({ NTK_CUDA: '/mix' }, mixed, 'linux')
    expect(found).toEqual([])
    expect(lacking).toEqual([
      'NTK_CUDA (/mix) has no libcublas.so.13',
      'NTK_CUDA (/mix) has no libnvrtc.so.12, libcusolver.so.11',
    ])
  })

  it('looks nowhere but in NTK_CUDA where that is set, whatever kind of folder it is', () => {
    for (const root of ['/env', '/env/lib/python3.11/site-packages']) {
      const env = { NTK_CUDA: root, CUDA_HOME: '/opt/cuda' }
      const names = places(env, having(...wheels12)).map(({ name }) => name)
      expect(new Set(names)).toEqual(new Set([`NTK_CUDA (${root})`]))
      expect(findToolkits(env, having(...wheels12), 'linux').found.map(({ cuda }) => cuda)).toEqual([12])
    }
  })

  it("asks the system's loader last", () => {
    const { found } = findToolkits({}, having(), 'linux')
    expect(found.map(({ libraries }) => libraries.nvrtc)).toEqual([
      'libnvrtc.so.13',
      'libnvrtc.so.12',
      'libnvrtc.so.11.2',
    ])
  })
})

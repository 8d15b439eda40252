/** Where CUDA's libraries may lie. Names of files say which CUDA they belong to; libraries of different ones do not go together. */

/** The libraries that come with CUDA; the driver comes with the system. */
export type ToolkitLibrary = 'nvrtc' | 'cublas' | 'cusolver'

export type System = 'linux' | 'windows'

interface Names {
  readonly libraries: Readonly<Record<ToolkitLibrary, string>>
  /** What these load in turn, in the order in which they need one another. Python's wheels keep each in a folder of its own, where the system's loader does not look. */
  readonly helpers: readonly RegExp[]
}

interface Release extends Readonly<Record<System, Names>> {
  readonly cuda: number
}

/** The newest first. */
export const releases: readonly Release[] = [
  {
    cuda: 13,
    linux: {
      libraries: { nvrtc: 'libnvrtc.so.13', cublas: 'libcublas.so.13', cusolver: 'libcusolver.so.12' },
      helpers: [
        /^libnvJitLink\.so\.13$/,
        /^libcublasLt\.so\.13$/,
        /^libcusparse\.so\.12$/,
        /^libnvrtc-builtins\.so\.13\.\d+$/,
      ],
    },
    windows: {
      libraries: { nvrtc: 'nvrtc64_130_0.dll', cublas: 'cublas64_13.dll', cusolver: 'cusolver64_12.dll' },
      helpers: [
        /^nvJitLink_130_0\.dll$/i,
        /^cublasLt64_13\.dll$/i,
        /^cusparse64_12\.dll$/i,
        /^nvrtc-builtins64_13\d+\.dll$/i,
      ],
    },
  },
  {
    cuda: 12,
    linux: {
      libraries: { nvrtc: 'libnvrtc.so.12', cublas: 'libcublas.so.12', cusolver: 'libcusolver.so.11' },
      helpers: [
        /^libnvJitLink\.so\.12$/,
        /^libcublasLt\.so\.12$/,
        /^libcusparse\.so\.12$/,
        /^libnvrtc-builtins\.so\.12\.\d+$/,
      ],
    },
    windows: {
      libraries: { nvrtc: 'nvrtc64_120_0.dll', cublas: 'cublas64_12.dll', cusolver: 'cusolver64_11.dll' },
      helpers: [
        /^nvJitLink_120_0\.dll$/i,
        /^cublasLt64_12\.dll$/i,
        /^cusparse64_12\.dll$/i,
        /^nvrtc-builtins64_12\d+\.dll$/i,
      ],
    },
  },
  {
    cuda: 11,
    linux: {
      libraries: { nvrtc: 'libnvrtc.so.11.2', cublas: 'libcublas.so.11', cusolver: 'libcusolver.so.11' },
      helpers: [/^libcublasLt\.so\.11$/, /^libcusparse\.so\.11$/, /^libnvrtc-builtins\.so\.11\.\d+$/],
    },
    windows: {
      libraries: { nvrtc: 'nvrtc64_112_0.dll', cublas: 'cublas64_11.dll', cusolver: 'cusolver64_11.dll' },
      helpers: [/^cublasLt64_11\.dll$/i, /^cusparse64_11\.dll$/i, /^nvrtc-builtins64_11\d+\.dll$/i],
    },
  },
]

export const driverNames: Readonly<Record<System, readonly string[]>> = {
  linux: ['libcuda.so.1', '/usr/lib/wsl/lib/libcuda.so.1'],
  windows: ['nvcuda.dll'],
}

export type Environment = Readonly<Record<string, string | undefined>>

/** What is asked of the file system. */
export interface Files {
  /** Names in a folder; none where it is not there. */
  readonly list: (folder: string) => readonly string[]
}

/** Folders of one installation. */
export interface Place {
  /** In words, for messages. */
  readonly name: string
  readonly folders: readonly string[]
}

const join = (...parts: readonly string[]): string => parts.join('/')

/** Below the folder of a toolkit. */
const toolkit = (root: string): string[] => [
  root,
  ...['lib64', 'lib', 'targets/x86_64-linux/lib', 'bin', 'bin/x64', 'Library/bin'].map((part) =>
    join(root, part),
  ),
]

/**
 * The libraries of Python wheels, an installation a list: since CUDA 13 `nvidia/cu13/lib`, before `nvidia/cublas/lib` and
 * its neighbours. They are kept apart, for both have a libcusparse.so.12, each for its own CUDA.
 */
function wheels(files: Files, packages: string): string[][] {
  const nvidia = join(packages, 'nvidia')
  const folders = (part: string): string[] => [join(nvidia, part, 'lib'), join(nvidia, part, 'bin')]
  const parts = files.list(nvidia)
  const whole = parts.filter((part) => /^cu\d+$/.test(part))
  return [...whole.map(folders), parts.filter((part) => !whole.includes(part)).flatMap(folders)]
}

/** The folders of Python packages under an environment. */
function sitePackages(files: Files, root: string): string[] {
  const lib = join(root, 'lib')
  const versions = files.list(lib).filter((name) => name.startsWith('python3'))
  return [...versions.map((name) => join(lib, name, 'site-packages')), join(root, 'Lib/site-packages')]
}

/** A folder that a user named: a toolkit, an environment of Python, its packages, or the libraries themselves. */
const anything = (files: Files, root: string): string[][] => [
  toolkit(root),
  ...wheels(files, root),
  ...sitePackages(files, root).flatMap((packages) => wheels(files, packages)),
]

/** Where to look, in order. `NTK_CUDA` is the only place where it is set. */
export function places(env: Environment, files: Files): readonly Place[] {
  const out: Place[] = []
  const add = (variable: string, foldersOf: (root: string) => string[][]): void => {
    const root = env[variable] ?? ''
    if (root === '') return
    for (const folders of foldersOf(root)) out.push({ name: `${variable} (${root})`, folders })
  }
  add('NTK_CUDA', (root) => anything(files, root))
  if (out.length > 0) return out
  for (const variable of ['CUDA_HOME', 'CUDA_PATH']) add(variable, (root) => [toolkit(root)])
  for (const variable of ['VIRTUAL_ENV', 'CONDA_PREFIX']) add(variable, (root) => anything(files, root))
  out.push({ name: '/usr/local/cuda', folders: toolkit('/usr/local/cuda') })
  return out
}

/** Libraries of one CUDA: paths, or names for the system's loader. */
export interface Found {
  readonly cuda: number
  readonly libraries: Readonly<Record<ToolkitLibrary, string>>
  /** To be loaded before, in this order. */
  readonly helpers: readonly string[]
  /** Where it is, in words. */
  readonly place: string
}

export interface Search {
  /** Every whole CUDA in the places, in order. */
  readonly found: readonly Found[]
  /** What a place lacks that has a part of one. */
  readonly lacking: readonly string[]
}

export function findToolkits(env: Environment, files: Files, system: System): Search {
  const found: Found[] = []
  const lacking: string[] = []
  for (const { name: place, folders } of places(env, files)) {
    const at = new Map<string, string>()
    for (const folder of folders)
      for (const file of files.list(folder)) if (!at.has(file)) at.set(file, join(folder, file))
    for (const { cuda, [system]: names } of releases) {
      const { nvrtc, cublas, cusolver } = names.libraries
      const missing = [nvrtc, cublas, cusolver].filter((file) => !at.has(file))
      const pathOf = (file: string): string => at.get(file) as string
      if (missing.length === 0) {
        const helpers = names.helpers.flatMap((helper) => [...at.keys()].filter((file) => helper.test(file)))
        found.push({
          cuda,
          libraries: { nvrtc: pathOf(nvrtc), cublas: pathOf(cublas), cusolver: pathOf(cusolver) },
          helpers: helpers.map(pathOf),
          place,
        })
      } else if (at.has(nvrtc) || at.has(cublas)) lacking.push(`${place} has no ${missing.join(', ')}`)
    }
  }
  // the system's loader may know them without our help
  if ((env.NTK_CUDA ?? '') === '')
    for (const { cuda, [system]: names } of releases)
      found.push({ cuda, libraries: names.libraries, helpers: [], place: "the system's loader" })
  return { found, lacking }
}

/** Where CUDA's libraries may lie. Names of files say which CUDA they belong to; libraries of different ones do not go together. */

/** The libraries that come with CUDA; the driver comes with the system. */
export type ToolkitLibrary = 'nvrtc' | 'cublas' | 'cusolver'

interface Release {
  readonly cuda: number
  readonly linux: Readonly<Record<ToolkitLibrary, string>>
  readonly windows: Readonly<Record<ToolkitLibrary, string>>
}

/** The newest first. */
export const releases: readonly Release[] = [
  {
    cuda: 13,
    linux: { nvrtc: 'libnvrtc.so.13', cublas: 'libcublas.so.13', cusolver: 'libcusolver.so.12' },
    windows: { nvrtc: 'nvrtc64_130_0.dll', cublas: 'cublas64_13.dll', cusolver: 'cusolver64_12.dll' },
  },
  {
    cuda: 12,
    linux: { nvrtc: 'libnvrtc.so.12', cublas: 'libcublas.so.12', cusolver: 'libcusolver.so.11' },
    windows: { nvrtc: 'nvrtc64_120_0.dll', cublas: 'cublas64_12.dll', cusolver: 'cusolver64_11.dll' },
  },
  {
    cuda: 11,
    linux: { nvrtc: 'libnvrtc.so.11.2', cublas: 'libcublas.so.11', cusolver: 'libcusolver.so.11' },
    windows: { nvrtc: 'nvrtc64_112_0.dll', cublas: 'cublas64_11.dll', cusolver: 'cusolver64_11.dll' },
  },
]

/** What these libraries load in turn; the system's loader finds them only where they are loaded already. */
export const helpers: readonly RegExp[] = [
  /^libnvJitLink\.so\.\d+$/,
  /^libnvrtc-builtins\.so\.[\d.]+$/,
  /^libcublasLt\.so\.\d+$/,
  /^libcusparse\.so\.\d+$/,
]

export const driverNames: Readonly<Record<'linux' | 'windows', readonly string[]>> = {
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
  ...['lib64', 'lib', 'targets/x86_64-linux/lib', 'bin', 'bin/x64'].map((part) => join(root, part)),
]

/** The libraries of Python wheels: `nvidia/cublas/lib` and its neighbours, or since CUDA 13 `nvidia/cu13/lib`. */
function wheels(files: Files, packages: string): string[] {
  const nvidia = join(packages, 'nvidia')
  return files.list(nvidia).flatMap((part) => [join(nvidia, part, 'lib'), join(nvidia, part, 'bin')])
}

/** The folders of Python packages under an environment. */
function sitePackages(files: Files, root: string): string[] {
  const lib = join(root, 'lib')
  const versions = files.list(lib).filter((name) => name.startsWith('python3'))
  return [...versions.map((name) => join(lib, name, 'site-packages')), join(root, 'Lib/site-packages')]
}

const underEnvironment = (files: Files, root: string): string[] =>
  sitePackages(files, root).flatMap((packages) => wheels(files, packages))

/** A folder that a user named: a toolkit, an environment of Python, its packages, or the libraries themselves. */
const anything = (files: Files, root: string): string[] => [
  ...toolkit(root),
  ...wheels(files, root),
  ...underEnvironment(files, root),
]

/** Where to look, in order. `NTK_CUDA` is the only place where it is set. */
export function places(env: Environment, files: Files): readonly Place[] {
  const named = env.NTK_CUDA ?? ''
  if (named !== '') return [{ name: `NTK_CUDA (${named})`, folders: anything(files, named) }]
  const out: Place[] = []
  for (const variable of ['CUDA_HOME', 'CUDA_PATH'] as const) {
    const root = env[variable] ?? ''
    if (root !== '') out.push({ name: `${variable} (${root})`, folders: toolkit(root) })
  }
  for (const variable of ['VIRTUAL_ENV', 'CONDA_PREFIX'] as const) {
    const root = env[variable] ?? ''
    if (root !== '') out.push({ name: `${variable} (${root})`, folders: anything(files, root) })
  }
  out.push({ name: '/usr/local/cuda', folders: toolkit('/usr/local/cuda') })
  return out
}

/** Libraries of one CUDA: paths, or names for the system's loader. */
export interface Found {
  readonly cuda: number
  readonly libraries: Readonly<Record<ToolkitLibrary, string>>
  /** To be loaded before, in this order. */
  readonly helpers: readonly string[]
}

/** Every whole CUDA in the places, in order, and what a place lacks that has a part of one. */
export function findToolkits(
  env: Environment,
  files: Files,
  system: 'linux' | 'windows',
): { readonly found: readonly Found[]; readonly lacking: readonly string[] } {
  const found: Found[] = []
  const lacking: string[] = []
  const wanted = places(env, files)
  for (const { name, folders } of wanted) {
    const at = new Map<string, string>()
    for (const folder of folders)
      for (const file of files.list(folder)) if (!at.has(file)) at.set(file, join(folder, file))
    for (const { cuda, [system]: names } of releases) {
      const missing = Object.values(names).filter((file) => !at.has(file))
      if (missing.length === 0) {
        found.push({
          cuda,
          libraries: {
            nvrtc: at.get(names.nvrtc) as string,
            cublas: at.get(names.cublas) as string,
            cusolver: at.get(names.cusolver) as string,
          },
          helpers: helpers.flatMap((helper) =>
            [...at].filter(([file]) => helper.test(file)).map(([, path]) => path),
          ),
        })
      } else if (at.has(names.nvrtc) || at.has(names.cublas))
        lacking.push(`${name} has no ${missing.join(', ')}`)
    }
  }
  // the system's loader may know them without our help
  if ((env.NTK_CUDA ?? '') === '')
    for (const release of releases)
      found.push({ cuda: release.cuda, libraries: release[system], helpers: [] })
  return { found, lacking }
}

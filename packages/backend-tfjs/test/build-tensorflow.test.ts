import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildTensorflow } from '@ntk/backend-tfjs/node'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { buildBinding } from '../src/node/build-tensorflow.js'
import { findCompiler } from '../src/node/compiler.js'
import { findWheel, type Wheel } from '../src/node/wheel.js'
import { findInstalled, type Installed } from '../src/tensorflow/find.js'

afterEach(() => vi.unstubAllEnvs())

const temporary = (): string => mkdtempSync(join(tmpdir(), 'ntk-tensorflow-'))

function write(path: string, text: string, mode = 0o644): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { mode })
  return path
}

const linux = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']
const header = 'include/tensorflow/c/eager/c_api.h'

/** Python's package tensorflow, as far as it is looked at. */
function python(folder: string, files: readonly string[] = [...linux, header]): string {
  for (const file of ['__init__.py', 'include/tensorflow/LICENSE', ...files]) write(join(folder, file), '')
  return folder
}

describe("Python's package tensorflow is found", () => {
  const find = (from: string, platform: NodeJS.Platform = 'linux'): Wheel =>
    findWheel(from, 'tensorflow', platform)

  test('in a venv, a site-packages folder, or where it is, once though lib64 is lib', () => {
    const venv = temporary()
    const site = join(venv, 'lib/python3.11/site-packages')
    const folder = python(join(site, 'tensorflow'))
    symlinkSync('lib', join(venv, 'lib64'))
    for (const from of [venv, site, folder]) {
      expect(find(from)).toEqual({
        folder,
        include: join(folder, 'include'),
        libraries: linux.map((name) => join(folder, name)),
      })
    }
  })

  test('by the names of macOS too', () => {
    const names = ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']
    const folder = python(join(temporary(), 'tensorflow'), [...names, header])
    expect(find(folder, 'darwin').libraries).toEqual(names.map((name) => join(folder, name)))
  })

  test('or the error names the folder, what is missing and what brings it', () => {
    const empty = temporary()
    const pip = expect.stringContaining('pip install tensorflow')
    const fail = (from: string, platform?: NodeJS.Platform): unknown => {
      try {
        return find(from, platform)
      } catch (error) {
        return error
      }
    }
    expect(fail(join(empty, 'gone'))).toMatchObject({
      code: 'file',
      what: expect.stringContaining(join(empty, 'gone')),
      fix: pip,
    })
    expect(fail(empty)).toMatchObject({ code: 'file', what: expect.stringContaining(empty), fix: pip })
    for (const gone of [...linux, header]) {
      const folder = python(
        join(temporary(), 'tensorflow'),
        [...linux, header].filter((name) => name !== gone),
      )
      expect(fail(folder)).toMatchObject({
        code: 'unsupported',
        got: `no ${join(folder, gone)}`,
        fix: expect.stringContaining('pip install --upgrade tensorflow'),
      })
    }
    const two = temporary()
    for (const version of ['3.10', '3.12']) python(join(two, `lib/python${version}/site-packages/tensorflow`))
    expect(fail(two)).toMatchObject({ code: 'option', got: expect.stringMatching(/3\.10.*, .*3\.12/) })
    expect(fail(empty, 'win32')).toMatchObject({ code: 'unsupported' })
  })

  test('for CUDA by another name', () => {
    expect(() => findWheel(temporary(), 'tensorflow-gpu', 'linux')).toThrow(/tensorflow\[and-cuda\]/)
  })
})

describe('A compiler is found', () => {
  const folder = temporary()
  write(join(folder, 'clang++'), '', 0o755)
  write(join(folder, 'mine'), '', 0o755)

  test('on the PATH, or by CXX with its arguments', () => {
    expect(findCompiler({ PATH: `/nowhere:${folder}` })).toEqual(['clang++'])
    expect(findCompiler({ PATH: folder, CXX: ' mine -m64 ' })).toEqual(['mine', '-m64'])
    expect(findCompiler({ CXX: join(folder, 'mine') })).toEqual([join(folder, 'mine')])
  })

  test('or the error says what brings one', () => {
    expect(() => findCompiler({ PATH: '/nowhere' })).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        fix: expect.stringContaining('apt-get install g++'),
      }),
    )
    expect(() => findCompiler({ PATH: folder, CXX: 'gone' })).toThrow(
      expect.objectContaining({ code: 'config', got: 'gone' }),
    )
  })
})

/** A package of tfjs with these sources, and what it finds its binding by. */
function tfjs(sources: Readonly<Record<string, string>>): string {
  const root = temporary()
  const modules = join(root, 'node_modules')
  const own = join(modules, '@tensorflow/tfjs-node')
  write(join(own, 'package.json'), JSON.stringify({ name: '@tensorflow/tfjs-node', version: '4.22.0' }))
  for (const [name, text] of Object.entries(sources)) write(join(own, 'binding', name), text)
  write(join(modules, '@mapbox/node-pre-gyp/package.json'), '{"main":"main.js"}')
  write(
    join(modules, '@mapbox/node-pre-gyp/main.js'),
    "exports.find = (manifest) => manifest.replace('package.json', 'lib/napi-v8/tfjs_binding.node')",
  )
  return pathToFileURL(join(root, 'main.js')).href
}

test('A package of tfjs that is not there, or not whole, is named with what brings it', () => {
  const from = pathToFileURL(join(temporary(), 'main.js')).href
  expect(() => findInstalled('tensorflow-gpu', from)).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      fix: expect.stringMatching(
        /npm install --ignore-scripts @tensorflow\/tfjs-node-gpu.*ntk device build-tensorflow --gpu/,
      ),
    }),
  )
  const root = temporary()
  write(join(root, 'node_modules/@tensorflow/tfjs-node/package.json'), '{"version":"4.22.0"}')
  expect(() => findInstalled('tensorflow', pathToFileURL(join(root, 'main.js')).href)).toThrow(
    expect.objectContaining({ code: 'unsupported', got: expect.stringContaining('node-pre-gyp') }),
  )
})

const empty = { 'tfjs_backend.cc': '', 'tfjs_binding.cc': '' }

describe('A build that fails leaves what was there, and says why', () => {
  async function failure(compiler: string, from = tfjs(empty), signal?: AbortSignal): Promise<unknown> {
    const installed = findInstalled('tensorflow', from)
    write(installed.binding, 'the old one')
    vi.stubEnv('CXX', write(join(temporary(), 'c++'), `#!/bin/sh\n${compiler}\n`, 0o755))
    const wheel = findWheel(python(join(temporary(), 'tensorflow')), 'tensorflow', 'linux')
    const error = await buildBinding('tensorflow', installed, wheel, signal).catch((e: unknown) => e)
    expect(readFileSync(installed.binding, 'utf8')).toBe('the old one')
    expect(readdirSync(dirname(installed.binding))).toEqual(['tfjs_binding.node'])
    return error
  }

  test.skipIf(process.platform === 'win32')('where the compiler refuses the sources', async () => {
    const said =
      "echo noise; echo 'tfjs_backend.cc:1: fatal error: tensorflow/c/c_api.h: No such file' >&2; exit 1"
    expect(await failure(said)).toMatchObject({
      code: 'unsupported',
      what: expect.stringContaining('@tensorflow/tfjs-node 4.22.0'),
      got: 'tfjs_backend.cc:1: fatal error: tensorflow/c/c_api.h: No such file',
    })
  })

  test.skipIf(process.platform === 'win32')('where what was built is no library', async () => {
    const said = 'while [ "$1" != -o ]; do shift; done; echo junk > "$2"'
    expect(await failure(said)).toMatchObject({
      code: 'unsupported',
      what: expect.stringContaining('does not load'),
      got: expect.stringMatching(/^Error: /),
    })
  })

  test.skipIf(process.platform === 'win32')('where it is aborted', async () => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 100)
    const start = performance.now()
    expect(await failure('exec sleep 20', tfjs(empty), controller.signal)).toMatchObject({ code: 'aborted' })
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})

/** A binding of the form that is expected, one of whose functions calls one of the library's C interface. */
const binding = (called: string): string => `
#include <node_api.h>
#include "tensorflow/c/eager/c_api.h"
extern "C" const char* TF_Version();
extern "C" const char* ${called}();
static napi_value Later(napi_env env, napi_callback_info) {
  napi_value v; napi_create_string_utf8(env, ${called}(), NAPI_AUTO_LENGTH, &v); return v;
}
static napi_value No(napi_env env, napi_callback_info) { napi_value v; napi_get_boolean(env, false, &v); return v; }
static napi_value Init(napi_env env, napi_value exports) {
  napi_value version, no, later;
  napi_create_string_utf8(env, TF_Version(), NAPI_AUTO_LENGTH, &version);
  napi_set_named_property(env, exports, "TF_Version", version);
  napi_create_function(env, "no", NAPI_AUTO_LENGTH, No, nullptr, &no);
  napi_set_named_property(env, exports, "isUsingGpuDevice", no);
  napi_create_function(env, "later", NAPI_AUTO_LENGTH, Later, nullptr, &later);
  napi_set_named_property(env, exports, "later", later);
  return exports;
}
NAPI_MODULE(tfjs_binding, Init)
`

const compilerMissing = ((): string | null => {
  if (process.platform !== 'linux') return 'its small libraries are made for Linux'
  try {
    findCompiler()
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
})()

describe.skipIf(compilerMissing !== null)(
  `A build with a small library${compilerMissing === null ? '' : ` (${compilerMissing})`}`,
  () => {
    /** A wheel whose libraries have the function TF_Version, in C. */
    async function smallWheel(): Promise<Wheel> {
      const wheel = findWheel(
        python(join(temporary(), 'tensorflow'), [...linux, header]),
        'tensorflow',
        'linux',
      )
      const [command, ...args] = findCompiler()
      const { runTool } = await import('../src/node/tool.js')
      const source = write(
        join(temporary(), 'small.cc'),
        'extern "C" const char* TF_Version() { return "2.99.0"; }',
      )
      for (const library of wheel.libraries) {
        const ended = await runTool(command, [...args, '-shared', '-fPIC', source, '-o', library], undefined)
        expect(ended).toMatchObject({ ok: true })
      }
      return wheel
    }
    const installed = (called: string): Installed =>
      findInstalled('tensorflow', tfjs({ ...empty, 'tfjs_binding.cc': binding(called) }))

    test('puts the binding where the package looks for it, and it loads', async () => {
      const wheel = await smallWheel()
      const own = installed('TF_Version')
      expect(await buildBinding('tensorflow', own, wheel)).toMatchObject({
        package: '@tensorflow/tfjs-node',
        packageVersion: '4.22.0',
        binding: own.binding,
        library: wheel.folder,
        libraryVersion: '2.99.0',
        gpu: false,
      })
      expect(readdirSync(dirname(own.binding))).toEqual(['tfjs_binding.node'])
    })

    test('names the function that the library lacks', async () => {
      const own = installed('TFE_Gone')
      await expect(buildBinding('tensorflow', own, await smallWheel())).rejects.toMatchObject({
        code: 'unsupported',
        what: expect.stringMatching(
          /does not have the function TFE_Gone, which @tensorflow\/tfjs-node 4\.22\.0/,
        ),
      })
      expect(existsSync(own.binding)).toBe(false)
    })
  },
)

test('buildTensorflow refuses a folder without tensorflow before it looks for anything else', async () => {
  await expect(buildTensorflow({ from: temporary() })).rejects.toMatchObject({ code: 'file' })
})

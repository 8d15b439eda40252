import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { decodeNpy, encodeNpy, key, normal, tensorFromData } from '@ntk/tensor'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ntk, temporaryFolder } from './support.js'

const cache = temporaryFolder()
beforeAll(() => {
  vi.stubEnv('NTK_DATA_DIR', cache)
})
afterAll(() => {
  vi.unstubAllEnvs()
})

/** The header of an IDX file of bytes, then its numbers. */
function idx(shape: readonly number[], bytes: Uint8Array, magic: number = 0x08): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length))
  header.setUint32(0, (magic << 8) | shape.length)
  shape.forEach((size, i) => header.setUint32(4 + 4 * i, size))
  return new Uint8Array([...new Uint8Array(header.buffer), ...bytes])
}

const n = 40
const images = Uint8Array.from({ length: n * 28 * 28 }, (_, i) => (i * 37 + (i >> 7)) % 256)
const labels = Uint8Array.from({ length: n }, (_, i) => i % 10)

/** A folder with the four files of MNIST, small, some of them replaced. */
function mnist(replaced: Readonly<Record<string, Uint8Array>> = {}): string {
  const folder = join(temporaryFolder(), 'mnist')
  mkdirSync(folder)
  const whole: Record<string, Uint8Array> = {
    'train-images-idx3-ubyte': idx([n, 28, 28], images),
    'train-labels-idx1-ubyte.gz': gzipSync(idx([n], labels)),
    't10k-images-idx3-ubyte': idx([n, 28, 28], images),
    't10k-labels-idx1-ubyte': idx([n], labels),
  }
  for (const [name, bytes] of Object.entries({ ...whole, ...replaced }))
    writeFileSync(join(folder, name), bytes)
  return folder
}

describe('ntk data', () => {
  it('lists the data sets and tells whether they are here', async () => {
    const ran = await ntk(['data', 'list', '--json'])
    const { data } = JSON.parse(ran.stdout) as { data: { name: string; here: boolean }[] }
    expect(data.map(({ name, here }) => [name, here])).toEqual([
      ['glyphs', true],
      ['mnist', false],
      ['fashion-mnist', false],
      ['cifar10', false],
    ])
    expect((await ntk(['data', 'list'])).stdout).toContain(cache)
  })

  it('describes one, and names the nearest where there is none of that name', async () => {
    expect((await ntk(['data', 'info', 'glyphs'])).stdout).toContain('28 × 28 × 1')
    const ran = await ntk(['data', 'info', 'glyph'])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('Did you mean "glyphs"?')
  })

  it('imports MNIST files and trains on them', async () => {
    const ran = await ntk(['data', 'import', mnist()])
    expect(ran.stderr).toBe('')
    expect(ran.stdout).toContain(`mnist is here: ${n} images to train, ${n} to test`)
    expect(readdirSync(join(cache, 'mnist')).length).toBe(4)
    const cwd = temporaryFolder()
    const args = ['--train', '10', '--test', '10', '--hidden', '8', '--steps', '3', '--widths', 'none']
    const trained = await ntk(['dynamics', '--data', 'mnist', ...args], { cwd })
    expect(trained.code).toBe(0)
    expect(trained.stderr).toContain('reading mnist: 10 to train, 10 to test')
  })

  it('imports CIFAR-10 and Fashion-MNIST and computes kernels of them', async () => {
    const folder = temporaryFolder()
    const batch = Uint8Array.from({ length: 20 * 3073 }, (_, i) =>
      i % 3073 === 0 ? (i / 3073) % 10 : (i * 37 + (i >> 7)) % 256,
    )
    writeFileSync(join(folder, 'data_batch_1.bin'), batch)
    writeFileSync(join(folder, 'test_batch.bin.gz'), gzipSync(batch))
    const cifar = await ntk(['data', 'import', folder])
    expect(cifar.stdout).toContain('cifar10 is here: 20 images to train, 20 to test')
    const fashion = await ntk(['data', 'import', mnist(), '--as', 'fashion-mnist'])
    expect(fashion.stdout).toContain(`fashion-mnist is here: ${n} images`)
    expect((await ntk(['data', 'import', mnist(), '--as', 'fashion'])).stderr).toContain(
      'no data set "fashion"',
    )
    const cwd = temporaryFolder()
    for (const [name, args] of [
      ['cifar10', []],
      ['fashion-mnist', []],
      ['cifar10', ['--data-dir', folder]],
    ] as const) {
      const ran = await ntk(
        ['kernel', '--data', name, ...args, '--train', '10', '--hidden', '16', '--json'],
        { cwd },
      )
      expect(JSON.parse(ran.stdout)).toMatchObject({ shape: [10, 10] })
    }
    const described = await ntk(['describe', '--data', 'cifar10', '--hidden', '16', '--train', '10'])
    expect(described.stdout).toContain('3072')
    const info = await ntk(['data', 'info', 'cifar10'])
    expect(info.stdout).toMatch(/32 × 32 × 3[^]*here +yes/)
  })

  it.each<[string, Record<string, Uint8Array>, RegExp]>([
    [
      'a truncated file',
      { 'train-images-idx3-ubyte': idx([n, 28, 28], images.subarray(0, 5000)) },
      /train-images/,
    ],
    [
      'a wrong magic number',
      { 't10k-labels-idx1-ubyte': new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]) },
      /t10k-labels/,
    ],
    [
      'a damaged archive',
      { 'train-labels-idx1-ubyte.gz': new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3]) },
      /train-labels/,
    ],
    ['labels that do not match', { 't10k-labels-idx1-ubyte': idx([n - 1], labels.subarray(1)) }, /39 labels/],
    [
      'a label that is no class',
      {
        't10k-labels-idx1-ubyte': idx(
          [n],
          labels.map(() => 77),
        ),
      },
      /77/,
    ],
  ])('refuses %s with exit code 2 and keeps what was there', async (_case, replaced, message) => {
    const before = readdirSync(cache)
    const ran = await ntk(['data', 'import', mnist(replaced)])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/error data:/)
    expect(ran.stderr).toMatch(message)
    expect(readdirSync(cache)).toEqual(before)
  })

  it('refuses a folder that is not there or lacks a file', async () => {
    const missing = await ntk(['data', 'import', 'nowhere'], { cwd: temporaryFolder() })
    expect(missing.code).toBe(2)
    expect(missing.stderr).toContain('nowhere does not exist')
    const empty = await ntk(['data', 'import', temporaryFolder()])
    expect(empty.code).toBe(2)
    expect(empty.stderr).toMatch(/error file: .*train-images/)
  })
})

describe('training to the end', () => {
  const args = [
    'dynamics',
    '--data',
    'mnist',
    '--train',
    '12',
    '--test',
    '10',
    '--hidden',
    '16',
    '--steps',
    '3',
  ]
  const repeated = Uint8Array.from(images, (_, i) => images[i % (5 * 28 * 28)] ?? 0)
  const limit = [...args, '--widths', 'none', '--limit']

  it('with repeated images is an error that offers a way out', async () => {
    const folder = mnist({ 'train-images-idx3-ubyte': idx([n, 28, 28], repeated) })
    const ran = await ntk([...limit, '--data-dir', folder], { cwd: temporaryFolder() })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('error singular')
    expect(ran.stderr).toContain('--diag-reg')
    expect(ran.stderr).toContain('ntk dynamics --resume')
    const mended = await ntk([...limit, '--data-dir', folder, '--diag-reg', '1e-6', '--json'], {
      cwd: temporaryFolder(),
    })
    expect(mended.code).toBe(0)
  })

  it('is predicted for this network and at infinite width', async () => {
    const ran = await ntk([...limit, '--data-dir', mnist(), '--json'], { cwd: temporaryFolder() })
    const { results } = JSON.parse(ran.stdout) as { results: { limit: { network: { testLoss: number } } } }
    expect(results.limit.network.testLoss).toBeGreaterThan(0)
  })
})

describe('ntk kernel', () => {
  it('writes a symmetric positive kernel of a data set and summarizes it', async () => {
    const cwd = temporaryFolder()
    const ran = await ntk(['kernel', '--train', '12', '--hidden', '64,64', '--out', 'k.npy', '--json'], {
      cwd,
    })
    expect(ran.code).toBe(0)
    const found = JSON.parse(ran.stdout) as { shape: number[]; smallestEigenvalue: number; condition: number }
    expect(found.shape).toEqual([12, 12])
    expect(found.smallestEigenvalue).toBeGreaterThan(0)
    const matrix = decodeNpy(new Uint8Array(readFileSync(join(cwd, 'k.npy'))))
    const data = matrix.dataSync()
    expect(matrix.dtype).toBe('float64')
    for (let i = 0; i < 12; i++) for (let j = 0; j < i; j++) expect(data[i * 12 + j]).toBe(data[j * 12 + i])
  })

  it('takes arrays of its own, two different ones too', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'a.npy'), encodeNpy(normal(key(1), [5, 7])))
    writeFileSync(join(cwd, 'b.npy'), encodeNpy(normal(key(2), [3, 7])))
    const both = ['--inputs', 'a.npy', '--inputs2', 'b.npy', '--get', 'nngp', '--hidden', '16']
    const ran = await ntk(['kernel', ...both], { cwd })
    expect(ran.stdout).toContain('nngp of shape 5 × 3')
    expect(existsSync(join(cwd, 'kernel.npy'))).toBe(true)
  })

  it.each<[string, string[], RegExp]>([
    ['a missing file', ['--inputs', 'none.npy'], /error file: none\.npy cannot be read/],
    ['a file that is no npy', ['--inputs', 'text.npy'], /error data:/],
    ['NaN in the inputs', ['--inputs', 'nan.npy'], /error not-finite:/],
    [
      'an array of one axis',
      ['--inputs', 'flat.npy'],
      /error shape: flat\.npy must hold one row or image a sample/,
    ],
    ['a second array without a first', ['--inputs2', 'nan.npy'], /inputs2 without inputs/],
    ['an unknown kernel', ['--get', 'nngpp'], /error config: get \(--get\) must be one of ntk, nngp/],
  ])('refuses %s with exit code 2 and writes nothing', async (_case, args, message) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'text.npy'), 'not an array')
    writeFileSync(
      join(cwd, 'nan.npy'),
      encodeNpy(tensorFromData(new Float64Array([1, Number.NaN, 3, 4]), [2, 2])),
    )
    writeFileSync(join(cwd, 'flat.npy'), encodeNpy(tensorFromData(new Float64Array(3), [3])))
    const ran = await ntk(['kernel', ...args], { cwd })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(message)
    expect(existsSync(join(cwd, 'kernel.npy'))).toBe(false)
  })
})

describe('ntk doctor', () => {
  it('says what the engine uses and that it computes well', async () => {
    const ran = await ntk(['doctor', '--json'])
    expect(ran.code).toBe(0)
    const found = JSON.parse(ran.stdout) as {
      ok: boolean
      environment: Record<string, string>
      devices: { name: string; works: boolean; value: string; rate: number | null; error: number | null }[]
    }
    expect(found.ok).toBe(true)
    const device = (name: string) => found.devices.find((one) => one.name === name)
    for (const name of ['cpu', 'wasm']) {
      expect(device(name)).toMatchObject({
        works: true,
        value: expect.stringContaining('GFLOP/s in float32'),
      })
      expect(device(name)?.rate).toBeGreaterThan(0)
      expect(device(name)?.error).toBeLessThan(1e-5)
    }
    expect(device('tensorflow-gpu')?.value).toContain(
      'npm install --ignore-scripts @tensorflow/tfjs-node-gpu',
    )
    expect(found.environment['WebAssembly threads']).toMatch(/^\d+ \(.+NTK_THREADS/)
    expect(Object.keys(found.environment)).toEqual(
      expect.arrayContaining(['ntk', 'Node', 'WebAssembly', 'BLAS', 'data folder', 'memory', 'products']),
    )
  })
})

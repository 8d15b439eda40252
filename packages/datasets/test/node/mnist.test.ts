import { chmodSync, existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dataDir, importMnist, loadMnist } from '../../src/node/index.js'
import { realMnist, rejectionOf, smallFiles, smallSet } from '../support.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ntk-mnist-'))
  vi.stubEnv('NTK_DATA_DIR', join(dir, 'data'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(dir, { recursive: true })
})

const from = (): string => join(dir, 'from')
async function put(files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  await mkdir(from(), { recursive: true })
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(from(), name), bytes)
}
const gz = (files: Readonly<Record<string, Uint8Array>>): Record<string, Uint8Array> =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${name}.gz`, bytes]))

describe('loading MNIST from a folder', () => {
  it('finds plain and gzipped files under both of their names', async () => {
    const [a, b, c, d] = Object.values(smallFiles()) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    await put({
      'train-images.idx3-ubyte': gunzipSync(a),
      'train-labels-idx1-ubyte': gunzipSync(b),
      't10k-images-idx3-ubyte.gz': c,
      't10k-labels.idx1-ubyte.gz': d,
    })
    const { train, test } = await loadMnist({ dir: from() })
    expect(train.images.shape).toEqual([30, 28, 28, 1])
    expect(test.labels.shape).toEqual([20])
    expect(test.name).toBe('mnist test')
    const few = await loadMnist({ dir: from(), limit: { train: 3 } })
    expect([few.train.images.shape[0], few.test.images.shape[0]]).toEqual([3, 20])
  })

  it('names the file that is absent, and the one that is corrupt', async () => {
    const absent = await rejectionOf(loadMnist({ dir: join(dir, 'nowhere') }))
    expect(absent.code).toBe('file')
    expect(absent.message).toContain('train-images-idx3-ubyte')
    const files = gz(smallFiles())
    files['t10k-images-idx3-ubyte.gz'] = (files['t10k-images-idx3-ubyte.gz'] as Uint8Array).slice(0, 200)
    await put(files)
    const corrupt = await rejectionOf(loadMnist({ dir: from() }))
    expect(corrupt.code).toBe('data')
    expect(corrupt.message).toContain(join(from(), 't10k-images-idx3-ubyte.gz'))
  })

  it('names both files where labels do not match images', async () => {
    await put({ ...gz(smallFiles()), 'train-labels-idx1-ubyte': smallSet(29).labels })
    const error = await rejectionOf(loadMnist({ dir: from() }))
    expect(error.message).toMatch(
      /train-images-idx3-ubyte\.gz and .*train-labels-idx1-ubyte do not belong together/,
    )
  })

  it('does not download where that is not wanted', async () => {
    expect((await rejectionOf(loadMnist({ download: false }))).code).toBe('file')
  })
})

describe('importing MNIST', () => {
  it('puts the four files where loading finds them', async () => {
    await put(gz(smallFiles()))
    const imported = await importMnist(from())
    expect(imported).toEqual({ dir: join(dataDir(), 'mnist'), train: 30, test: 20 })
    const { train } = await loadMnist()
    expect(train.images.shape[0]).toBe(30)
    expect(await readdir(imported.dir)).toHaveLength(4)
  })

  it('replaces what was there, also where the new files are plain', async () => {
    await put(gz(smallFiles(10, 10)))
    await importMnist(from())
    await rm(from(), { recursive: true })
    await put(
      Object.fromEntries(
        Object.entries(smallFiles(50, 40)).map(([name, bytes]) => [name, gunzipSync(bytes)]),
      ),
    )
    await importMnist(from())
    const { train, test } = await loadMnist()
    expect([train.images.shape[0], test.images.shape[0]]).toEqual([50, 40])
  })

  it('copies nothing where one file is wrong', async () => {
    const files = gz(smallFiles())
    files['t10k-labels-idx1-ubyte.gz'] = Uint8Array.of(1, 2, 3)
    await put(files)
    expect((await rejectionOf(importMnist(from()))).code).toBe('data')
    expect(existsSync(join(dataDir(), 'mnist'))).toBe(false)
    await put(gz(smallFiles(10, 10, 20)))
    expect((await rejectionOf(importMnist(from()))).message).toContain('28 x 28')
  })

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'says where it may not write',
    async () => {
      await put(gz(smallFiles()))
      await mkdir(dataDir())
      chmodSync(dataDir(), 0o500)
      expect((await rejectionOf(importMnist(from()))).code).toBe('file')
    },
  )
})

describe('the data folder', () => {
  it('is NTK_DATA_DIR, or lies in the cache of the user', () => {
    expect(dataDir()).toBe(join(dir, 'data'))
    vi.stubEnv('NTK_DATA_DIR', '')
    expect(dataDir()).toMatch(/ntk/)
  })
})

describe.skipIf(realMnist === null)(
  'real digits (skipped where NTK_TEST_DATA or ../shared/data has no mnist)',
  () => {
    it('load with ten classes, dark backgrounds and a tenth of the pixels bright', async () => {
      const { train, test } = await loadMnist({ dir: realMnist as string, limit: 1000 })
      expect(train.images.shape).toEqual([1000, 28, 28, 1])
      expect(test.images.shape).toEqual([1000, 28, 28, 1])
      const pixels = train.images.dataSync() as Float64Array
      // The mean of MNIST is 0.1307.
      expect(Math.abs(pixels.reduce((a, b) => a + b, 0) / pixels.length - 0.1307)).toBeLessThan(0.005)
      expect(new Set(train.labels.dataSync()).size).toBe(10)
    })

    it('import', async () => {
      expect(await importMnist(realMnist as string)).toMatchObject({ train: 8000, test: 2000 })
    })
  },
)

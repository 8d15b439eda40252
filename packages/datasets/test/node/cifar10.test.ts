import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { takeExamples } from '../../src/index.js'
import { dataDir, downloadCifar10, importCifar10, loadCifar10 } from '../../src/node/index.js'
import { batch, tar } from '../cifar10-support.js'
import { rejectionOf } from '../support.js'
import { serveFiles } from './server.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ntk-cifar-'))
  vi.stubEnv('NTK_DATA_DIR', join(dir, 'data'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(dir, { recursive: true })
})

const from = (): string => join(dir, 'from')
async function put(files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(from(), name)), { recursive: true })
    await writeFile(join(from(), name), bytes)
  }
}
const archive = (): Uint8Array =>
  gzipSync(
    tar({
      'cifar-10-batches-bin/data_batch_1.bin': batch(4),
      'cifar-10-batches-bin/test_batch.bin': batch(3),
    }),
  )
const sizes = ({ train, test }: Awaited<ReturnType<typeof loadCifar10>>): number[] => [
  train.images.shape[0] as number,
  test.images.shape[0] as number,
]

describe('loading CIFAR-10 from a folder', () => {
  it('takes whichever batches are there, plain or gzipped, in the folder or the one inside', async () => {
    await put({
      'data_batch_10.bin': batch(1, 9),
      'data_batch_2.bin.gz': gzipSync(batch(2, 4)),
      'cifar-10-batches-bin/data_batch_1.bin': batch(3),
      'cifar-10-batches-bin/test_batch.bin': batch(2),
    })
    const split = await loadCifar10({ dir: from() })
    expect(split.train.labels.toNested()).toEqual([0, 1, 2, 4, 5, 9])
    expect(sizes(split)).toEqual([6, 2])
    expect(sizes(await loadCifar10({ dir: from(), limit: { train: 4 } }))).toEqual([4, 2])
    await rm(join(from(), 'cifar-10-batches-bin'), { recursive: true })
    expect(sizes(await loadCifar10({ dir: from(), limit: 2 }))).toEqual([2, 0])
  })

  it('reads the archive as it is unpacked', async () => {
    await put({ 'cifar-10-binary.tar.gz': archive() })
    expect(sizes(await loadCifar10({ dir: from() }))).toEqual([4, 3])
  })

  it('makes numbers of no more images than are picked', async () => {
    await put({ 'data_batch_1.bin': batch(6), 'data_batch_2.bin': batch(5, 3), 'test_batch.bin': batch(4) })
    const all = await loadCifar10({ dir: from() })
    const rows = { train: [7, 0, 9], test: [] }
    const asked: number[] = []
    vi.stubGlobal(
      'Float64Array',
      new Proxy(Float64Array, {
        construct(target, args: unknown[], newTarget) {
          if (typeof args[0] === 'number') asked.push(args[0])
          return Reflect.construct(target, args, newTarget)
        },
      }),
    )
    const seen: unknown[] = []
    const some = await loadCifar10({
      dir: from(),
      limit: { train: 10 },
      pick: ({ labels, classes, part }) => {
        seen.push([part, labels.size, classes.length])
        return rows[part]
      },
    }).finally(() => vi.unstubAllGlobals())
    expect(seen).toEqual([
      ['train', 10, 10],
      ['test', 4, 10],
    ])
    expect(Math.max(...asked)).toBe(3 * 3072)
    const want = takeExamples(all.train, rows.train)
    expect(some.train.images.toNested()).toEqual(want.images.toNested())
    expect(some.train.labels.toNested()).toEqual(want.labels.toNested())
    expect(sizes(some)).toEqual([3, 0])
    for (const wrong of [6, -1, 0.5]) {
      const refused = await rejectionOf(loadCifar10({ dir: from(), limit: 6, pick: () => [wrong] }))
      expect([refused.code, refused.message]).toEqual(['index', expect.stringContaining('images 0 to 5')])
    }
  })

  it('names what is absent, cut off or damaged', async () => {
    const absent = await rejectionOf(loadCifar10({ dir: join(dir, 'nowhere') }))
    expect([absent.code, absent.message]).toEqual(['file', expect.stringContaining('data_batch_1.bin')])
    const bytes = archive()
    for (const length of [2, 40, bytes.length - 9, bytes.length - 1]) {
      await put({ 'cifar-10-binary.tar.gz': bytes.slice(0, length) })
      const cut = await rejectionOf(loadCifar10({ dir: from() }))
      expect([cut.code, cut.message]).toEqual(['data', expect.stringContaining('cifar-10-binary.tar.gz')])
    }
    const damaged = bytes.slice()
    damaged[100] = (damaged[100] as number) ^ 0x10
    await put({ 'cifar-10-binary.tar.gz': damaged })
    expect((await rejectionOf(loadCifar10({ dir: from() }))).code).toBe('data')
    await put({ 'data_batch_1.bin': batch(2).slice(0, 5000) })
    expect((await rejectionOf(loadCifar10({ dir: from() }))).message).toContain(
      join(from(), 'data_batch_1.bin'),
    )
  })
})

describe('downloading and importing CIFAR-10', () => {
  it('downloads the archive by its hash into the data folder, once', async () => {
    const bytes = archive()
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const server = await serveFiles({ 'cifar-10-binary.tar.gz': bytes })
    try {
      const target = join(dataDir(), 'cifar-10')
      await downloadCifar10({ mirrors: [server.base], sha256 })
      await downloadCifar10({ mirrors: [server.base], sha256 })
      expect(server.requests).toHaveLength(1)
      expect(await readdir(target)).toEqual(['cifar-10-binary.tar.gz'])
      expect(sizes(await loadCifar10())).toEqual([4, 3])
      await rm(target, { recursive: true })
      // The hash of the original is the default.
      const other = await rejectionOf(downloadCifar10({ mirrors: [server.base] }))
      expect([other.code, other.message]).toEqual(['network', expect.stringContaining('SHA-256')])
      expect(existsSync(join(target, 'cifar-10-binary.tar.gz'))).toBe(false)
    } finally {
      await server.close()
    }
  })

  it('imports batches in place of an archive, and nothing where one is wrong', async () => {
    await put({ 'cifar-10-binary.tar.gz': archive() })
    expect(await importCifar10(from())).toEqual({ dir: join(dataDir(), 'cifar-10'), train: 4, test: 3 })
    await put({ 'data_batch_1.bin': batch(2), 'test_batch.bin': batch(1).slice(1) })
    expect((await rejectionOf(importCifar10(from()))).code).toBe('data')
    expect(sizes(await loadCifar10())).toEqual([4, 3])
    await put({ 'test_batch.bin': batch(1) })
    await importCifar10(from())
    expect((await readdir(join(dataDir(), 'cifar-10'))).sort()).toEqual([
      'data_batch_1.bin',
      'test_batch.bin',
    ])
    expect(sizes(await loadCifar10())).toEqual([2, 1])
  })
})

const root =
  process.env.NTK_TEST_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url))
const real = `${root}/cifar-10`
describe.skipIf(!existsSync(real))(
  'real images (skipped where NTK_TEST_DATA or ../shared/data has no cifar-10)',
  () => {
    it('load with ten classes and the known means of the channels', async () => {
      const { train, test } = await loadCifar10({ dir: real, limit: { train: 2000, test: 500 } })
      expect([train.images.shape, test.images.shape]).toEqual([
        [2000, 32, 32, 3],
        [500, 32, 32, 3],
      ])
      expect(new Set(train.labels.dataSync()).size).toBe(10)
      const pixels = train.images.dataSync()
      const means = [0, 0, 0]
      for (let i = 0; i < pixels.length; i++) means[i % 3]! += (pixels[i] as number) / (pixels.length / 3)
      // Of the whole training set: 0.4914, 0.4822, 0.4465.
      for (const [c, mean] of [0.4914, 0.4822, 0.4465].entries())
        expect(Math.abs((means[c] as number) - mean)).toBeLessThan(0.02)
    })
  },
)

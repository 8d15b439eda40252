import { mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  arange,
  cast,
  decodeNpyHeader,
  encodeNpy,
  encodeNpyHeader,
  encodeNpyParts,
  NtkError,
  reshape,
  tensor,
} from '../../src/index.js'
import { readNpy, readNpz, writeNpy, writeNpz } from '../../src/node.js'
import { readNumbers } from '../../src/npy/files.js'
import { decodeNpy } from '../../src/npy/index.js'
import { npyParts } from '../../src/npy/npy.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ntk-npy-'))
})
afterEach(() => rm(dir, { recursive: true }))

async function rejection(promise: Promise<unknown>): Promise<NtkError> {
  try {
    await promise
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('array files', () => {
  it('are written whole, replacing what was there, and read back', async () => {
    const path = join(dir, 'x.npy')
    await writeNpy(path, tensor([1, 2]))
    await writeNpy(path, tensor([[3], [4]]))
    expect((await readNpy(path)).toNested()).toEqual([[3], [4]])
    await writeNpz(join(dir, 'y.npz'), { a: tensor([1]), b: tensor([true]) })
    expect(Object.keys(await readNpz(join(dir, 'y.npz')))).toEqual(['a', 'b'])
    expect(await readdir(dir)).toEqual(['x.npy', 'y.npz'])
  })

  it('that numpy wrote are read in every type and order', async () => {
    const { cases } = JSON.parse(
      await readFile(new URL('../reference/numpy-files.json', import.meta.url), 'utf8'),
    ) as { cases: { file: string }[] }
    for (const { file } of cases) {
      const bytes = Buffer.from(file, 'base64')
      await writeFile(join(dir, 'x.npy'), bytes)
      const x = await readNpy(join(dir, 'x.npy'))
      const y = decodeNpy(bytes)
      expect([x.shape, x.dtype, x.toNested()]).toEqual([y.shape, y.dtype, y.toNested()])
    }
    expect(cases.length).toBeGreaterThan(20)
  })

  it('are written and read in pieces, however long the array', async () => {
    const path = join(dir, 'x.npy')
    for (const dtype of ['float64', 'float32', 'int32'] as const) {
      const x = cast(reshape(arange(60), [20, 3]), dtype)
      const parts = npyParts(x.dataSync(), x.shape, dtype, 100)
      expect(parts.length).toBe(1 + Math.ceil((60 * (dtype === 'float64' ? 8 : 4)) / 100))
      expect(Buffer.concat(parts).equals(encodeNpy(x))).toBe(true)
      expect(Buffer.concat(encodeNpyParts(x)).equals(encodeNpy(x))).toBe(true)
      await writeFile(path, Buffer.concat(parts))
      const handle = await open(path)
      const layout = decodeNpyHeader(await readFile(path))
      expect(await readNumbers(handle, layout, path, 28)).toEqual(x.dataSync())
      const longer = { ...layout, shape: [21, 3] }
      const { code, message } = await rejection(readNumbers(handle, longer, path, 28))
      expect([code, message.includes('became shorter')]).toEqual(['data', true])
      await handle.close()
    }
  })

  it('of more numbers than fit are named, with what they would take', async () => {
    const path = join(dir, 'long.npy')
    const header = encodeNpyHeader([2 ** 20, 2 ** 20], 'float64')
    await writeFile(path, header)
    await truncate(path, header.length + 2 ** 43)
    const { code, message } = await rejection(readNpy(path))
    expect([code, message.includes('8.19e+3 GiB')]).toEqual(['value', true])
  })

  it('that are longer than any array of bytes are named', async () => {
    // A hole: no disk is written.
    const path = join(dir, 'long.npz')
    await writeFile(path, '')
    await truncate(path, 2 ** 42)
    const { code, message } = await rejection(readNpz(path))
    expect([code, message.includes(`${2 ** 42} bytes`)]).toEqual(['unsupported', true])
  })

  it('that cannot be read or written are named', async () => {
    const absent = join(dir, 'absent.npy')
    const error = await rejection(readNpy(absent))
    expect([error.code, error.message.includes(absent)]).toEqual(['file', true])
    expect((await rejection(writeNpy(join(dir, 'no', 'x.npy'), tensor([1])))).code).toBe('file')
    await writeFile(join(dir, 'text.npy'), 'no array')
    expect((await rejection(readNpy(join(dir, 'text.npy')))).message).toContain('text.npy')
    expect((await rejection(readNpz(join(dir, 'text.npy')))).code).toBe('data')
    expect(await readdir(dir)).toEqual(['text.npy'])
  })
})

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { walkTiles } from '@ntk/tiles'
import { npyFiles } from '@ntk/tiles/node'
import { expect, test } from 'vitest'
import { options, plan } from './directory-job.js'
import { arraysOf, computeOf, errorOf, folder, job } from './helpers.js'

const walk = (file: string, compute = computeOf(options)): Promise<unknown> =>
  walkTiles({
    what: 'The walk',
    plan,
    arrays: arraysOf('float64').slice(0, 1),
    job: job(),
    sink: npyFiles(file),
    compute,
  })

test('a file that is there is not written over', async () => {
  const file = join(folder(), 'k.npy')
  writeFileSync(file, 'mine')
  expect(await errorOf(walk(file))).toMatch(/^conflict: .*k.npy is there already/)
  expect(readFileSync(file, 'utf8')).toBe('mine')
})

test('a part of another program is not written over either', async () => {
  const file = join(folder(), 'k.npy')
  writeFileSync(`${file}.part`, 'mine')
  expect(await errorOf(walk(file))).toMatch(/^conflict: .*k.npy.part/)
  expect(readFileSync(`${file}.part`, 'utf8')).toBe('mine')
})

test('an error leaves nothing behind, and the file is not there before it is whole', async () => {
  const other = folder()
  const file = join(other, 'k.npy')
  const seen: string[][] = []
  const compute = computeOf(options)
  const failing: typeof compute = (tile, context) => {
    seen.push(readdirSync(other).sort())
    if (tile.id === 3) throw new Error('a fault in the kernel')
    return compute(tile, context)
  }
  expect(await errorOf(walk(file, failing))).toContain('a fault')
  expect(seen.at(-1)).toEqual(['k.npy.lock', 'k.npy.part'])
  expect(readdirSync(other)).toEqual([])
})

test('a folder that is not there', async () => {
  expect(await errorOf(walk(join(folder(), 'a', 'k.npy')))).toMatch(/^file: .*ENOENT/)
})

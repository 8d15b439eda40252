import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Job, planTiles, walkTiles } from '@ntk/tiles'
import { directory, openDirectory } from '@ntk/tiles/node'
import { beforeEach, describe, expect, test } from 'vitest'
import { computed, options, plan, run } from './directory-job.js'
import { arraysOf, bits, computeOf, errorOf, folder, job } from './helpers.js'

let path = ''
let want = ''

beforeEach(async () => {
  path = join(folder(), 'kernel')
  want = await bits(await (await run({ path })).toTensor('k'))
})

const tileFile = (id: number): string => join(path, 'tiles', `00000${id}.tile`)
const journal = (): string => join(path, 'journal-1-of-1.jsonl')
const lines = (): { event: string; tile: number; why?: string }[] =>
  readFileSync(journal(), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
const countsOf = (event: string): number => lines().filter((line) => line.event === event).length

/** Runs again: computes these tiles and no others, and has the same bits. */
async function resumes(ids: readonly number[]): Promise<void> {
  const result = await run({ path })
  expect(computed).toEqual(ids)
  expect(result.complete).toBe(true)
  expect(await bits(await result.toTensor('k'))).toBe(want)
}

describe('tiles that are sound are kept, others are computed again', () => {
  test('all of a finished job, which computed each of its tiles once', async () => {
    expect(lines().map((line) => line.tile)).toEqual([0, 1, 2, 3, 4, 5])
    await resumes([])
    expect(countsOf('computed')).toBe(6)
  })

  test.each([0, 8, 47, 100, 200])('a tile cut to %i bytes', async (length) => {
    truncateSync(tileFile(4), length)
    await resumes([4])
    expect(lines().find((line) => line.event === 'damaged')).toMatchObject({ tile: 4 })
    expect(countsOf('computed')).toBe(7)
  })

  test('a tile with bytes after its end', async () => {
    appendFileSync(tileFile(2), 'x')
    await resumes([2])
  })

  test.each([3, 20, 42, 60, -40, -1])('a tile in which byte %i is flipped', async (at) => {
    const bytes = readFileSync(tileFile(3))
    const place = at < 0 ? bytes.length + at : at
    bytes[place] = (bytes[place] as number) ^ 1
    writeFileSync(tileFile(3), bytes)
    await resumes([3])
  })

  test('a tile that is gone', async () => {
    rmSync(tileFile(5))
    await resumes([5])
    expect(lines().find((line) => line.event === 'damaged')).toMatchObject({ tile: 5, why: 'it is gone' })
  })

  test('a tile that took the place of another', async () => {
    writeFileSync(tileFile(0), readFileSync(tileFile(2)))
    await resumes([0])
    writeFileSync(tileFile(0), readFileSync(tileFile(2)))
    rmSync(journal())
    await resumes([0])
  })

  test('a tile that is sound in itself, and not the one that the journal has', async () => {
    const text = readFileSync(journal(), 'utf8')
    writeFileSync(journal(), text.replace(/("tile":1,"sha256":")[0-9a-f]{4}/, '$10000'))
    await resumes([1])
  })

  test('a tile whose line in the journal is missing is sound all the same', async () => {
    const text = readFileSync(journal(), 'utf8').split('\n')
    writeFileSync(journal(), text.filter((line) => !line.includes('"tile":3')).join('\n'))
    await resumes([])
    expect(lines().find((line) => line.event === 'found')).toMatchObject({ tile: 3 })
  })

  test('all tiles, where the journal is gone', async () => {
    rmSync(journal())
    await resumes([])
    expect(countsOf('found')).toBe(6)
  })

  test('all tiles, where the manifest is gone', async () => {
    const manifest = readFileSync(join(path, 'manifest.json'), 'utf8')
    rmSync(join(path, 'manifest.json'))
    await resumes([])
    expect(readFileSync(join(path, 'manifest.json'), 'utf8')).toBe(manifest)
  })

  test('a last line of the journal that was cut off is taken away', async () => {
    appendFileSync(journal(), '{"event":"computed","tile":2,"sha')
    await resumes([])
    expect(lines().length).toBe(6)
    appendFileSync(journal(), '{"event":"computed","tile":2,"sha')
    rmSync(tileFile(2))
    await resumes([2])
    await resumes([])
  })

  test('what was left half written is swept, and nothing else', async () => {
    const left = join(path, 'tiles', '000004.tile.1-of-1.tmp')
    const others = [
      join(path, 'tiles', '000004.tile.2-of-3.tmp'),
      join(path, 'tiles', 'notes.tile.1-of-1.tmp'),
      join(path, 'notes.txt'),
    ]
    for (const file of [left, ...others]) writeFileSync(file, 'half')
    await resumes([])
    expect(existsSync(left)).toBe(false)
    for (const file of others) expect(readFileSync(file, 'utf8')).toBe('half')
  })
})

describe('reading', () => {
  test.each([
    ['missing', () => rmSync(tileFile(3)), /^data: .*000003.*no such tile.*Run the job again/],
    ['truncated', () => truncateSync(tileFile(3), 100), /^data: .*000003.*100 of/],
  ])('a tile that is %s is found, and other rows can be read', async (_, harm, message) => {
    harm()
    const result = await openDirectory(path)
    expect(result.complete).toBe(false)
    expect(await errorOf(result.toTensor('k'))).toMatch(message)
    expect((await result.readRows('k', 0, 4)).shape).toEqual([4, 12])
  })

  test('a tile that was altered is found', async () => {
    const bytes = readFileSync(tileFile(4))
    bytes[100] = (bytes[100] as number) ^ 128
    writeFileSync(tileFile(4), bytes)
    const result = await openDirectory(path)
    expect(await errorOf(result.readRows('k', 8, 12))).toMatch(/^data: .*000004.*hash does not fit/)
  })
})

describe('another job on the same directory is an error that names what differs', () => {
  const other =
    (parts: Partial<Job>): (() => Job) =>
    () => ({ ...(job()() as Job), ...parts })

  test.each([
    ['a name', { name: 'another' }, /name different/],
    ['numbers', { x: { data: Float64Array.of(1, 3), shape: [2], dtype: 'float64' } }, /: .*Got x different/],
    ['a shape', { x: { data: Float64Array.of(1, 2), shape: [1, 2], dtype: 'float64' } }, /Got x different/],
    ['a further option', { get: ['ntk'] }, /get different/],
  ] as const)('%s', async (_, parts, message) => {
    const error = await errorOf(run({ path, job: other(parts) }))
    expect(error).toMatch(/^conflict: .*another job/)
    expect(error).toMatch(message)
    await resumes([])
  })

  test.each([
    ['a size of tiles', { plan: planTiles({ ...options, tile: 5 }) }, /tile different/],
    ['a dtype', { arrays: arraysOf('float32') }, /arrays different/],
  ] as const)('%s', async (_, parts, message) => {
    const error = await errorOf(
      walkTiles({
        what: 'The walk',
        plan,
        arrays: arraysOf('float64'),
        compute: computeOf(options),
        job: job(),
        sink: directory(path),
        ...parts,
      }),
    )
    expect(error).toMatch(/^conflict: /)
    expect(error).toMatch(message)
  })

  test('also where its manifest is gone, for each tile says what it is of', async () => {
    rmSync(join(path, 'manifest.json'))
    expect(await errorOf(run({ path, job: other({ name: 'another' }) }))).toMatch(
      /^conflict: .*000000.tile is a tile of another job/,
    )
  })

  test('the order of its parts makes no other job', async () => {
    await run({ path, job: () => Object.fromEntries(Object.entries(job()()).reverse()) })
    expect(computed).toEqual([])
  })
})

describe('a directory that is not as it should be has an error of its own', () => {
  test('other files', async () => {
    const other = folder()
    writeFileSync(join(other, 'thesis.tex'), 'all of it')
    expect(await errorOf(run({ path: other }))).toMatch(/^conflict: .*thesis.tex.*empty/)
    expect(readdirSync(other)).toEqual(['thesis.tex'])
    expect(await errorOf(openDirectory(other))).toMatch(/^file: .*no manifest.json/)
  })

  test('a file in its place', async () => {
    const file = join(folder(), 'file')
    writeFileSync(file, 'text')
    expect(await errorOf(run({ path: file }))).toMatch(/^file: .*ENOTDIR/)
    expect(readFileSync(file, 'utf8')).toBe('text')
  })

  test('a parent that is not there', async () => {
    expect(await errorOf(run({ path: join(path, 'a', 'b') }))).toMatch(/^file: .*ENOENT.*folder on the way/)
  })

  test.each([
    ['text', 'hello', /no manifest/],
    ['nothing', '', /no manifest/],
    ['another format', '{"format":"x"}', /the format "x"/],
  ])('a manifest of %s', async (_, text, message) => {
    writeFileSync(join(path, 'manifest.json'), text)
    for (const error of [await errorOf(run({ path })), await errorOf(openDirectory(path))]) {
      expect(error).toMatch(/^data: .*manifest.json is damaged.*Move it away/)
      expect(error).toMatch(message)
    }
    renameSync(join(path, 'manifest.json'), join(path, 'manifest.old'))
    await resumes([])
  })

  test('a manifest in which a number was changed', async () => {
    const file = join(path, 'manifest.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"n1": 12', '"n1": 13'))
    expect(await errorOf(run({ path }))).toMatch(/^data: .*fingerprint/)
  })

  test('a manifest of a later version', async () => {
    const file = join(path, 'manifest.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"version": 1', '"version": 2'))
    expect(await errorOf(run({ path }))).toMatch(/^unsupported: .*version 2/)
  })

  test('a journal with a line that is none, and the way out works', async () => {
    const text = readFileSync(journal(), 'utf8')
    writeFileSync(journal(), text.replace('\n', '\nnonsense\n'))
    expect(await errorOf(run({ path }))).toMatch(/^data: .*"nonsense" in line 2.*Move it away/)
    renameSync(journal(), `${journal()}.old`)
    await resumes([])
  })

  test('a job that was begun, where going on is not wanted', async () => {
    expect(await errorOf(run({ path, resume: false }))).toMatch(/^conflict: .*6 entries.*Resume/)
  })
})

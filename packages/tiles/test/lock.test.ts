import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { walkTiles } from '@ntk/tiles'
import { directory } from '@ntk/tiles/node'
import { beforeEach, expect, test } from 'vitest'
import { computed, options, plan, run } from './directory-job.js'
import { arraysOf, computeOf, errorOf, folder, job } from './helpers.js'

let path = ''

beforeEach(async () => {
  path = join(folder(), 'kernel')
  await run({ path })
})

/** Runs again, and has nothing to compute. */
async function resumes(): Promise<void> {
  expect((await run({ path })).complete).toBe(true)
  expect(computed).toEqual([])
}

const lockFile = (label = '1-of-1'): string => join(path, `lock-${label}.json`)
const own = (parts: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    pid: process.pid,
    host: hostname(),
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    space: execFileSync('readlink', ['/proc/self/ns/pid'], { encoding: 'utf8' }).trim(),
    started: null,
    token: 'x',
    ...parts,
  })
/** A process that has ended. */
const gone = (): number => Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }))

test('a lock is there while the walk runs, names this process, and is gone after', async () => {
  let seen = ''
  await walkTiles({
    what: 'The walk',
    plan,
    arrays: arraysOf('float64'),
    job: job('watched'),
    sink: directory(join(path, '..', 'watched')),
    compute: (tile, context) => {
      seen = readFileSync(join(path, '..', 'watched', 'lock-1-of-1.json'), 'utf8')
      return computeOf(options)(tile, context)
    },
  })
  expect(JSON.parse(seen)).toMatchObject({ pid: process.pid, host: hostname() })
  expect(readdirSync(join(path, '..', 'watched')).sort()).toEqual([
    'journal-1-of-1.jsonl',
    'manifest.json',
    'tiles',
  ])
})

test('two walks at once on one directory: one works, the other is refused', async () => {
  const other = join(path, '..', 'other')
  const results = await Promise.allSettled([run({ path: other }), run({ path: other })])
  const refused = results.find((r) => r.status === 'rejected')
  expect(results.filter((r) => r.status === 'fulfilled').length).toBe(1)
  expect(refused?.reason).toMatchObject({ code: 'locked' })
  expect(String(refused?.reason)).toContain(`process ${process.pid} on ${hostname()}`)
})

test.each([
  ['a living process', () => own(), /^locked: .*process \d+ on .*shard/],
  ['another machine', () => own({ host: 'elsewhere', pid: 1 }), /^locked: .*process 1 on elsewhere.*remove/],
  [
    'another container, whose processes are not seen from here',
    () => own({ space: 'pid:[1]', pid: 2 ** 22 }),
    /^locked: /,
  ],
  ['nobody knows whom', () => 'not by us', /^locked: .*does not say by whom.*remove/],
])('a lock held by %s refuses, and stays', async (_, text, message) => {
  const held = text()
  writeFileSync(lockFile(), held)
  expect(await errorOf(run({ path }))).toMatch(message)
  expect(readFileSync(lockFile(), 'utf8')).toBe(held)
  rmSync(lockFile())
  await resumes()
})

test.each([
  ['a process that has ended', () => own({ pid: gone() })],
  ['an earlier start of the machine', () => own({ boot: 'another' })],
  ['a process whose number another has now', () => own({ started: '1' })],
])('a lock of %s is taken over', async (_, text) => {
  writeFileSync(lockFile(), text())
  await resumes()
  expect(existsSync(lockFile())).toBe(false)
})

test('what a process that ended left beside the lock is swept', async () => {
  const pid = gone()
  const left = `${lockFile()}.${pid}.123e4567-e89b-12d3-a456-426614174000.tmp`
  writeFileSync(left, own({ pid }))
  await resumes()
  expect(existsSync(left)).toBe(false)
})

test('a shard is refused while another division is at work, and allowed beside its like', async () => {
  writeFileSync(lockFile('1-of-3'), own())
  expect(await errorOf(run({ path, shard: '2/2' }))).toMatch(/^locked: /)
  expect(await errorOf(run({ path }))).toMatch(/^locked: /)
  expect(await errorOf(run({ path, shard: '1/3' }))).toMatch(/^locked: Shard 1\/3/)
  await run({ path, shard: '2/3' })
  expect(computed).toEqual([])
  expect(readdirSync(path).filter((name) => name.startsWith('lock'))).toEqual(['lock-1-of-3.json'])
})

test('the lock is given back after an abort and after an error', async () => {
  const other = join(path, '..', 'other')
  const control = new AbortController()
  const failing = (fail: () => void): Promise<unknown> =>
    walkTiles({
      what: 'The walk',
      plan,
      arrays: arraysOf('float64'),
      job: job(),
      sink: directory(other),
      signal: control.signal,
      compute: (tile, context) => {
        if (tile.id === 2) fail()
        return computeOf(options)(tile, context)
      },
    })
  const thrown = failing(() => {
    throw new Error('a fault in the kernel')
  })
  expect(await errorOf(thrown)).toContain('a fault in the kernel')
  expect(await errorOf(failing(() => control.abort()))).toMatch(/^aborted: /)
  expect(readdirSync(other)).not.toContain('lock-1-of-1.json')
  await run({ path: other })
  expect(computed).toEqual([3, 4, 5])
})

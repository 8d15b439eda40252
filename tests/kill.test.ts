/**
 * Kernels whose process is killed at random moments (SIGKILL) and that go on: a few kills of a small kernel; or, as
 *
 *   NTK_KILLS=100 NTK_KILL_SAMPLES=3000 NTK_KILL_TILE=100 npx vitest run tests/kill.test.ts
 *
 * many of a large one. A tile that was finished is never computed again, and in the end every byte is that of a run without a kill.
 */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kernelFn } from '@ntk/kernels-analytic'
import { Dense } from '@ntk/stax'
import { key, normal, type Tensor } from '@ntk/tensor'
import { directory, openDirectory } from '@ntk/tiles/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ended,
  type Job,
  journal,
  logged,
  type Paths,
  pathsOf as pathsIn,
  pause,
  read,
  says,
  start as startJob,
  tileNames,
} from './kill/processes.js'

const kills = Number(process.env.NTK_KILLS ?? 3)
const samples = process.env.NTK_KILL_SAMPLES ?? '600'
const tile = process.env.NTK_KILL_TILE ?? '25'
const minutes = 60_000

const folder = mkdtempSync(join(tmpdir(), 'ntk-kill-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const job: Job = { net: 'dense', samples, tile }
const start = (paths: Paths, shard?: string): ChildProcess => startJob(job, paths, shard)
const pathsOf = (name: string): Paths => pathsIn(folder, name)

const whole = pathsOf('whole')
let names: string[] = []
/** How long the walk takes without a kill, in milliseconds. */
let duration = 0

beforeAll(async () => {
  const child = start(whole)
  const [begin, end] = await Promise.all([says(child, 'walking'), says(child, 'done')])
  await ended(child)
  duration = end - begin
  names = tileNames(whole)
}, 10 * minutes)

/** The file of each tile, byte by byte, and the manifest. */
function expectTheWhole(paths: Paths): void {
  expect(tileNames(paths)).toEqual(names)
  for (const file of [...names.map((name) => join('tiles', name)), 'manifest.json']) {
    expect(read(join(paths.path, file))?.equals(readFileSync(join(whole.path, file))), file).toBe(true)
  }
}

/** What the folder of a finished job holds beside its journals. */
const others = (paths: Paths): string[] =>
  readdirSync(paths.path).filter((name) => !name.startsWith('journal'))

const idOf = (name: string): number => Number.parseInt(name, 10)

/** What a kill left, held against the whole, and what the next run makes of it: how many tiles were finished, and with a line in the journal. */
async function goesOn(paths: Paths): Promise<{ finished: number; journaled: number }> {
  const finished = tileNames(paths)
  const journaled = journal(paths).length
  for (const name of finished) {
    const same = read(join(paths.path, 'tiles', name))?.equals(readFileSync(join(whole.path, 'tiles', name)))
    expect(same, name).toBe(true)
  }
  const left = names.filter((name) => !finished.includes(name)).map(idOf)
  const again = { ...paths, log: `${paths.log}.again` }
  expect(await ended(start(again))).toBe('0')
  expect(logged(again)).toEqual(left)
  expectTheWhole(paths)
  expect(others(paths).sort()).toEqual(['manifest.json', 'tiles'])
  expect(readdirSync(join(paths.path, 'tiles'))).toEqual(names)
  // One line a tile, of its one computation (or of having been found, where the kill came between file and line).
  const lines = journal(paths)
  expect(lines.map((line) => line.tile).sort((a, b) => a - b)).toEqual(names.map(idOf))
  expect(lines.filter((line) => line.event === 'damaged')).toEqual([])
  rmSync(paths.path, { recursive: true })
  return { finished: finished.length, journaled }
}

test(
  `a kernel that is killed at a random moment goes on where it was, ${kills} times`,
  async () => {
    let halfway = 0
    let between = 0
    for (let k = 0; k < kills; k++) {
      const paths = pathsOf(`killed-${k}`)
      const victim = start(paths)
      const death = ended(victim)
      await says(victim, 'walking')
      // By tiles rather than by the clock, which runs otherwise for each process on a busy machine; then anywhere in the next tile.
      const before = Math.floor(Math.random() * names.length)
      while (logged(paths).length < before && victim.exitCode === null) await pause(1)
      await pause((Math.random() * duration) / names.length)
      victim.kill('SIGKILL')
      await death
      const { finished, journaled } = await goesOn(paths)
      if (finished > 0 && finished < names.length) halfway++
      between += finished - journaled
    }
    process.stdout.write(
      `${kills} kills: ${halfway} with some of ${names.length} tiles finished and not all, ${between} between a tile and its line in the journal\n`,
    )
    if (kills >= 50) expect(halfway).toBeGreaterThanOrEqual(0.8 * kills)
  },
  120 * minutes,
)

test(
  'a kernel that is killed after its tenth tile goes on where it was',
  async () => {
    const paths = pathsOf('tenth')
    const victim = start(paths)
    const death = ended(victim)
    await says(victim, 'walking')
    while (logged(paths).length < 10) await new Promise((resolve) => setImmediate(resolve))
    victim.kill('SIGKILL')
    await death
    const { finished } = await goesOn(paths)
    expect(finished).toBeGreaterThanOrEqual(9)
  },
  10 * minutes,
)

test(
  'two shards in two processes at once make the same bytes, and together compute each tile once',
  async () => {
    const paths = pathsOf('shards')
    const second = { ...paths, log: `${paths.log}.second` }
    const codes = await Promise.all([ended(start(paths, '1/2')), ended(start(second, '2/2'))])
    expect(codes).toEqual(['0', '0'])
    expectTheWhole(paths)
    expect([...logged(paths), ...logged(second)]).toEqual(names.map(idOf))
    const [a, b] = [await openDirectory(paths.path), await openDirectory(whole.path)]
    expect(a.complete).toBe(true)
    const bytes = async (x: Tensor): Promise<Buffer> => Buffer.from((await x.data()).buffer)
    expect((await bytes(await a.toTensor('ntk'))).equals(await bytes(await b.toTensor('ntk')))).toBe(true)
  },
  10 * minutes,
)

test(
  'a second process on the same directory is refused, and names the first',
  async () => {
    const paths = pathsOf('twice')
    const first = start(paths)
    const death = ended(first)
    await says(first, 'walking')
    first.kill('SIGSTOP')
    const second = kernelFn(Dense(1))(normal(key(0), [3, 2]), null, { sink: directory(paths.path) })
    await expect(second).rejects.toMatchObject({ code: 'locked' })
    await expect(second).rejects.toThrow(`process ${first.pid}`)
    first.kill('SIGKILL')
    await death
  },
  10 * minutes,
)

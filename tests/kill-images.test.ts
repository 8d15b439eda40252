/**
 * Kernels of convolutional networks whose process is killed (SIGKILL) and that go on: layer after layer of one run in space with Flatten, and
 * with a global pool, where a tile is one call of compiled code that nothing but a kill ends.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import {
  ended,
  type Job,
  logged,
  type Paths,
  pathsOf,
  pause,
  read,
  says,
  start,
  tileNames,
} from './kill/processes.js'

const minutes = 60_000
const folder = mkdtempSync(join(tmpdir(), 'ntk-kill-images-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const jobs: Job[] = [
  { net: 'flatten', samples: '60', tile: '8' },
  { net: 'pool', samples: '12', tile: '3' },
]

/** Bytes of everything that the folder of a finished job holds but its journal. */
function contents({ path }: Paths): Map<string, string> {
  const names = ['manifest.json', ...readdirSync(join(path, 'tiles')).map((name) => join('tiles', name))]
  return new Map(names.sort().map((name) => [name, readFileSync(join(path, name)).toString('base64')]))
}

test.each(jobs)(
  'a kernel of images is killed in the middle of a tile, goes on, and has the same bytes: $net',
  async (job) => {
    const whole = pathsOf(folder, `${job.net}-whole`)
    const undisturbed = start(job, whole)
    const over = ended(undisturbed)
    const [begin, end] = await Promise.all([says(undisturbed, 'walking'), says(undisturbed, 'done')])
    expect(await over).toBe('0')
    const tiles = tileNames(whole)
    expect(tiles.length).toBeGreaterThanOrEqual(10)

    const paths = pathsOf(folder, `${job.net}-killed`)
    const victim = start(job, paths)
    const death = ended(victim)
    await says(victim, 'walking')
    while (logged(paths).length < tiles.length / 2 && victim.exitCode === null) await pause(1)
    await pause((0.5 * (end - begin)) / tiles.length)
    victim.kill('SIGKILL')
    expect(await death).toBe('SIGKILL')
    const finished = tileNames(paths)
    expect(finished.length).toBeGreaterThan(0)
    expect(finished.length).toBeLessThan(tiles.length)
    for (const name of finished) {
      const [left, right] = [paths, whole].map(({ path }) => read(join(path, 'tiles', name)))
      expect(left?.equals(right as Buffer), name).toBe(true)
    }

    const again = { ...paths, log: `${paths.log}.again` }
    expect(await ended(start(job, again))).toBe('0')
    const left = tiles.filter((name) => !finished.includes(name)).map((name) => Number.parseInt(name, 10))
    expect(logged(again)).toEqual(left)
    expect(contents(paths)).toEqual(contents(whole))
  },
  10 * minutes,
)

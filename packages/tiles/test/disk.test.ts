import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { planTiles, type TiledResult, type TileSink, walkTiles } from '@ntk/tiles'
import { directory, npyFiles } from '@ntk/tiles/node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { arraysOf, bits, computeOf, errorOf, folder, job, type Name } from './helpers.js'

const options = { n1: 64, n2: 64, symmetric: true, tile: 8 } as const

const run = (sink?: TileSink): Promise<TiledResult<Name>> =>
  walkTiles({
    what: 'The walk',
    plan: planTiles(options),
    arrays: arraysOf('float64'),
    compute: computeOf(options),
    job: job(),
    sink,
  })

const tools = { mount: 'mount', unmount: 'umount' }

const mount = (...args: string[]): boolean => spawnSync(tools.mount, args).status === 0

/** A disk in memory of 48 KiB, less than all tiles need; null where the system does not let us make one. */
function smallDisk(): string | null {
  const path = join(folder(), 'disk')
  mkdirSync(path)
  if (!mount('-t', 'tmpfs', '-o', 'size=48k', 'tmpfs', path)) return null
  onTestFinished(() => void spawnSync(tools.unmount, [path]))
  return path
}

describe('a disk that', () => {
  test('is full is an error that says so; with room again the job goes on, and no half tile is left', async (context) => {
    const disk = smallDisk()
    if (disk === null) return context.skip('mounting is not allowed here')
    const path = join(disk, 'tiles')
    const error = await errorOf(run(directory(path)))
    expect(error).toMatch(/^disk: .*ENOSPC.*Free space/)
    expect(readdirSync(path)).not.toContain('lock-1-of-1.json')
    const left = readdirSync(join(path, 'tiles'))
    expect(left.length).toBeGreaterThan(0)
    expect(left.every((name) => name.endsWith('.tile'))).toBe(true)
    expect(mount('-o', 'remount,size=4m', disk)).toBe(true)
    const result = await run(directory(path))
    expect(await bits(await result.toTensor('k'))).toBe(await bits(await (await run()).toTensor('k')))
  })

  test('is full ends an npy file too, and leaves nothing of it', async (context) => {
    const disk = smallDisk()
    if (disk === null) return context.skip('mounting is not allowed here')
    const paths = { k: join(disk, 'k.npy'), own1: join(disk, 'own1.npy'), own2: join(disk, 'own2.npy') }
    writeFileSync(join(disk, 'fill'), new Uint8Array(20_000))
    expect(await errorOf(run(npyFiles(paths)))).toMatch(/^disk: .*ENOSPC/)
    expect(readdirSync(disk)).toEqual(['fill'])
  })

  test('is read-only is an error that says so', async (context) => {
    const disk = smallDisk()
    if (disk === null) return context.skip('mounting is not allowed here')
    mkdirSync(join(disk, 'tiles'))
    expect(mount('-o', 'remount,ro', disk)).toBe(true)
    expect(await errorOf(run(directory(join(disk, 'tiles'))))).toMatch(/^disk: .*EROFS.*read-only/)
    expect(await errorOf(run(directory(join(disk, 'new'))))).toMatch(/^disk: .*EROFS/)
    const paths = { k: join(disk, 'k.npy'), own1: join(disk, 'a.npy'), own2: join(disk, 'b.npy') }
    expect(await errorOf(run(npyFiles(paths)))).toMatch(/^disk: .*EROFS/)
  })
})

import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { decodeNpy, encodeNpy, tensorFromData } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { writeAtomic } from '../src/runs/atomic.js'
import { ntk, type Ran, temporaryFolder } from './support.js'

/** Every POSIX system has it; Node cannot make a named pipe. */
const pipeMaker = 'mkfifo'

const kernel = (cwd: string, ...args: string[]): Promise<Ran> =>
  ntk(['kernel', '--train', '4', '--hidden', '8', ...args], { cwd })

describe('--out', () => {
  it('follows a link, also one whose file is not there yet', async () => {
    const cwd = temporaryFolder()
    mkdirSync(join(cwd, 'far'))
    symlinkSync('far/real.npy', join(cwd, 'link.npy'))
    symlinkSync('link.npy', join(cwd, 'link2.npy'))
    for (const name of ['link.npy', 'link2.npy']) {
      expect((await kernel(cwd, '--out', name)).code).toBe(0)
      expect(lstatSync(join(cwd, name)).isSymbolicLink()).toBe(true)
      expect(decodeNpy(new Uint8Array(readFileSync(join(cwd, 'far/real.npy')))).shape).toEqual([4, 4])
    }
    expect(readlinkSync(join(cwd, 'link2.npy'))).toBe('link.npy')
  })

  it.each<[string, (cwd: string) => string, RegExp]>([
    ['a device', () => '/dev/null', /a device or socket/],
    ['standard output', () => '/dev/stdout', /error disk/],
    [
      'a named pipe',
      (cwd) => {
        execFileSync(pipeMaker, [join(cwd, 'pipe.npy')])
        return 'pipe.npy'
      },
      /a named pipe/,
    ],
    ['a folder', () => '.', /a folder/],
    [
      'links that lead to each other',
      (cwd) => {
        symlinkSync('b.npy', join(cwd, 'a.npy'))
        symlinkSync('a.npy', join(cwd, 'b.npy'))
        return 'a.npy'
      },
      /links that lead to each other/,
    ],
    ['a folder that does not exist', () => 'no/k.npy', /the folder does not exist/],
    ['a place where nothing can be made', () => '/proc/k.npy', /nothing can be made in that folder|denied/],
  ])('refuses %s with exit code 2', async (_case, make, why) => {
    const cwd = temporaryFolder()
    const out = make(cwd)
    const before = lstatSync(join(cwd, out), { throwIfNoEntry: false })?.mode
    const ran = await kernel(cwd, '--out', out)
    expect(ran.stderr).toMatch(why)
    expect(ran.code).toBe(2)
    expect(lstatSync(join(cwd, out), { throwIfNoEntry: false })?.mode).toBe(before)
  })

  it('is cleared of what a killed process had begun to write, and of nothing else', async () => {
    const cwd = temporaryFolder()
    const others = ['.k.npy.part', '.other.npy.1073741824.part', `.k.npy.${process.pid}.part`]
    for (const name of [...others, '.k.npy.1073741824.part']) writeFileSync(join(cwd, name), '')
    await kernel(cwd, '--out', 'k.npy', '--plan')
    expect(readdirSync(cwd).sort()).toEqual([...others].sort())
  })

  it('is looked at before the work', async () => {
    const cwd = temporaryFolder()
    const ran = await kernel(cwd, '--out', '/dev/null')
    expect(ran.stderr).not.toContain('ntk kernel:')
    mkdirSync(join(cwd, 'k-spectrum.svg'))
    const empirical = await ntk(['empirical', '--train', '4', '--hidden', '8', '--out', 'k.npy'], { cwd })
    expect(empirical.code).toBe(2)
    expect(empirical.stderr).toMatch(/k-spectrum\.svg is no regular file/)
    expect(existsSync(join(cwd, 'k.npy'))).toBe(false)
  })

  it('leaves the device null what it is', () => {
    expect(() => writeAtomic('/dev/null', 'x')).toThrow(/no regular file/)
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
  })
})

describe('a config file', () => {
  it.each([
    ['job.json', '{"seed": 5}'],
    ['job.yaml', 'seed: 5\n'],
    ['job.toml', 'seed = 5\n'],
  ])('%s may begin with a byte-order mark', async (name, content) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, name), `\uFEFF${content}`)
    const ran = await ntk(['dynamics', '--config', name, '--plan', '--json'], { cwd })
    expect(ran.stderr).toBe('')
    expect(JSON.parse(ran.stdout)).toMatchObject({ config: { seed: 5 } })
  })

  it.each([
    ['job.json', '{"seed": 5, "data": {"train": 8, "train": 9}}'],
    ['job.yaml', 'seed: 5\nseed: 6\n'],
    ['job.toml', 'seed = 5\nseed = 6\n'],
  ])('%s that names a setting twice is refused, and neither is taken', async (name, content) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, name), content)
    const ran = await ntk(['dynamics', '--config', name, '--plan'], { cwd })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain(name)
  })

  it.each([
    ['net.yaml', '&a [serial, *a]\n'],
    ['net.json', `${'["serial",'.repeat(3000)}["Relu"]${']'.repeat(3000)}`],
  ])('%s without an end, or deeper than any, is refused', async (name, content) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, name), content)
    const ran = await kernel(cwd, '--network', name)
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain(`${name} may be nested 256 deep`)
  })
})

describe('the plan of a command', () => {
  it('is printed and nothing is done', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'x.npy'), encodeNpy(tensorFromData(new Float64Array(4), [2, 2])))
    const ran = await ntk(['dynamics', '--hidden', '16', '--widths', '8,16', '--plan'], { cwd })
    expect(ran.stdout).toMatch(/hidden:\n {4}- 16/)
    expect(ran.stdout).toMatch(/width-8 +training width 8\n/)
    const other = await kernel(cwd, '--inputs', 'x.npy', '--plan', '--out', 'k.npy')
    expect(other.stdout).toMatch(/writes +ntk to k\.npy/)
    for (const name of ['runs', 'k.npy']) expect(existsSync(join(cwd, name))).toBe(false)
  })
})

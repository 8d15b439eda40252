import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeNpy } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { ntk, type Ran, temporaryFolder } from './support.js'

const kernel = (cwd: string, ...args: string[]): Promise<Ran> =>
  ntk(['kernel', '--train', '40', '--hidden', '8,8', '--tile', '4', ...args], { cwd })

const journalOf = (cwd: string, shard = '1-of-1'): string[] =>
  readFileSync(join(cwd, 'tiles', `journal-${shard}.jsonl`), 'utf8')
    .split('\n')
    .slice(0, -1)

describe('ntk kernel --sink', () => {
  it('has the kernel that memory has, and writes the npy file only where it is asked for', async () => {
    const cwd = temporaryFolder()
    await kernel(cwd, '--out', 'memory.npy')
    const ran = await kernel(cwd, '--sink', 'tiles')
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('tiles  ntk of shape 40 × 40')
    expect(ran.stdout).toContain('condition')
    expect(readdirSync(cwd).sort()).toEqual(['memory.npy', 'tiles'])
    const again = await kernel(cwd, '--sink', 'tiles', '--resume', '--out', 'k.npy', '--json')
    expect(JSON.parse(again.stdout)).toMatchObject({
      sink: 'tiles',
      complete: true,
      out: 'k.npy',
      shape: [40, 40],
    })
    expect(readFileSync(join(cwd, 'k.npy')).equals(readFileSync(join(cwd, 'memory.npy')))).toBe(true)
  })

  it('takes the kernel behind a layer by its name, in memory and in tiles', async () => {
    const cwd = temporaryFolder()
    const dense = ['Dense', { out: 8, wStd: 1.4, bStd: 0.1 }]
    const block = ['serial', dense, ['Relu']]
    const write = (name: string, net: unknown): void => writeFileSync(join(cwd, name), JSON.stringify(net))
    write('net.json', ['serial', ['repeat', { n: 3 }, ['named', { name: 'block' }, block]], dense])
    write('short.json', ['serial', block, block])
    const args = ['kernel', '--train', '12', '--tile', '5']
    await ntk([...args, '--network', 'short.json', '--out', 'short.npy'], { cwd })
    const at = [...args, '--network', 'net.json', '--at', 'block.2']
    const memory = await ntk([...at, '--out', 'memory.npy'], { cwd })
    expect(memory.stdout).toContain('ntk.block.2 of shape 12 × 12')
    await ntk([...at, '--sink', 'tiles', '--out', 'tiles.npy'], { cwd })
    const [short, one, other] = ['short', 'memory', 'tiles'].map((name) =>
      decodeNpy(readFileSync(join(cwd, `${name}.npy`))).dataSync(),
    )
    expect(other).toEqual(one)
    for (const [i, x] of (short ?? []).entries()) expect(one?.[i]).toBeCloseTo(Number(x), 10)
    const wrong = await ntk([...args, '--network', 'net.json', '--at', 'blok.2'], { cwd })
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toMatch(/error option: .*"blok\.2".*"block\.2"/s)
  })

  it('keeps finished tiles when it is stopped, says so, and goes on with --resume', async () => {
    const cwd = temporaryFolder()
    const control = new AbortController()
    const args = ['kernel', '--train', '400', '--hidden', '8,8', '--tile', '4', '--sink', 'tiles']
    const watch = setInterval(() => {
      if (existsSync(join(cwd, 'tiles/journal-1-of-1.jsonl')) && journalOf(cwd).length > 0) control.abort()
    }, 1)
    const stopped = await ntk(args, { cwd, signal: control.signal })
    clearInterval(watch)
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toMatch(
      /kept {2}\d+ of \d+ pairs, in tiles; go on with: the same command and --resume/,
    )
    const before = journalOf(cwd).length
    expect(before).toBeGreaterThan(0)
    const refused = await ntk(args, { cwd })
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/error conflict: .*holds tiles of this job already/)
    const ran = await ntk([...args, '--resume'], { cwd })
    expect(ran.code).toBe(0)
    expect(ran.stderr).toMatch(/\d+ of \d+ pairs were in tiles already/)
    const tiles = journalOf(cwd).map((line) => (JSON.parse(line) as { tile: number }).tile)
    expect(new Set(tiles).size).toBe(tiles.length)
  })

  it('is filled by shards, of which the last writes the npy file', async () => {
    const cwd = temporaryFolder()
    await kernel(cwd, '--out', 'memory.npy')
    const first = await kernel(cwd, '--sink', 'tiles', '--shard', '2/2', '--out', 'k.npy')
    expect(first.stdout).toContain('not all tiles yet')
    expect(existsSync(join(cwd, 'k.npy'))).toBe(false)
    const second = await kernel(cwd, '--sink', 'tiles', '--shard', '1/2', '--out', 'k.npy')
    expect(second.stdout).toContain('k.npy')
    expect(readFileSync(join(cwd, 'k.npy')).equals(readFileSync(join(cwd, 'memory.npy')))).toBe(true)
  })

  it('finds a truncated tile and computes it again', async () => {
    const cwd = temporaryFolder()
    await kernel(cwd, '--sink', 'tiles', '--out', 'a.npy')
    truncateSync(join(cwd, 'tiles', 'tiles', '000002.tile'), 60)
    const ran = await kernel(cwd, '--sink', 'tiles', '--resume', '--out', 'b.npy')
    expect(ran.code).toBe(0)
    expect(readFileSync(join(cwd, 'b.npy')).equals(readFileSync(join(cwd, 'a.npy')))).toBe(true)
    expect(journalOf(cwd).filter((line) => line.includes('"damaged"')).length).toBe(1)
  })

  it('says in its plan what goes where, and writes nothing', async () => {
    const cwd = temporaryFolder()
    const ran = await kernel(cwd, '--sink', 'tiles', '--shard', '1/2', '--out', 'k.npy', '--plan')
    expect(ran.stdout).toContain('tiles of ntk, part 1/2, to tiles, then ntk to k.npy')
    expect(readdirSync(cwd)).toEqual([])
  })

  it.each<[string, string[], RegExp]>([
    ['a shard without a directory', ['--shard', '1/2'], /error config: .*shard without sink/],
    ['a shard that is none', ['--sink', 'tiles', '--shard', '3/2'], /error option: .*'i\/n'/],
    ['resuming nothing', ['--resume'], /error option: .*--sink/],
    ['a folder of other files', ['--sink', '.'], /error conflict: .*no tiles.*\n.*notes\.txt/],
    ['a parent that is not there', ['--sink', 'a/b'], /error file: /],
    [
      'another kernel in the directory',
      ['--sink', 'other', '--resume'],
      /error conflict: .*another job[\s\S]*x1/,
    ],
  ])('refuses %s with exit code 2', async (_case, args, message) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'notes.txt'), 'mine')
    await ntk(['kernel', '--train', '8', '--hidden', '8,8', '--tile', '4', '--sink', 'other'], { cwd })
    const ran = await kernel(cwd, ...args)
    expect(ran.stderr).toMatch(message)
    expect(ran.code).toBe(2)
    expect(readFileSync(join(cwd, 'notes.txt'), 'utf8')).toBe('mine')
  })
})

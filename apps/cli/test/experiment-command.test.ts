import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { experiments } from '../src/papers/all.js'
import { ntk, temporaryFolder } from './support.js'

const own = fileURLToPath(new URL('fixtures/means.mjs', import.meta.url))
const bin = fileURLToPath(new URL('fixtures/bin.mjs', import.meta.url))

interface Run {
  readonly run: string
  readonly headline: string
  readonly findings: readonly { readonly name: string; readonly value: number; readonly verdict: string }[]
  readonly results: { readonly count: number }
}

async function runOf(args: readonly string[], cwd: string): Promise<Run> {
  const ran = await ntk(['experiment', 'run', ...args, '--json'], { cwd })
  expect(ran.stderr).toBe('')
  expect(ran.code).toBe(0)
  return JSON.parse(ran.stdout).runs[0]
}

const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

/** The hash of every file of a run but those that tell when, where and by what command. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  const told = names.filter((name) => !/report\.html|stage\.json|environment\.json|command\.json/.test(name))
  return Object.fromEntries(told.sort().map((name) => [name, hash(join(folder, name))]))
}

describe('ntk experiment', () => {
  it('lists every experiment with its paper and about how long each preset takes', async () => {
    const { stdout, code } = await ntk(['experiment', 'list', '--json'])
    expect(code).toBe(0)
    const { experiments: listed } = JSON.parse(stdout)
    expect(listed.map(({ name }: { name: string }) => name)).toEqual(Object.keys(experiments))
    for (const { name, paper, shows, seconds, refused } of listed) {
      expect([name, paper]).toEqual([name, expect.stringMatching(/(Figure|Table|Theorem|Section)/)])
      expect(shows.length).toBeGreaterThan(20)
      for (const preset of ['quick', 'standard']) expect(seconds[preset]).toBeGreaterThan(0)
      // The sizes of some papers need more memory than small machines have.
      if ('paper' in refused)
        expect([seconds.paper, refused.paper]).toEqual([null, expect.stringMatching(/memory/)])
      else expect(seconds.paper).toBeGreaterThan(seconds.quick)
    }
  })

  it('runs a file of the user, whose stages are kept when more is asked for', async () => {
    const cwd = temporaryFolder()
    const first = await runOf([own, '--preset', 'quick', '--set', 'seed=3'], cwd)
    expect(first.results.count).toBe(4)
    const before = contents(join(cwd, first.run))
    const more = await runOf([own, '--more', '2'], cwd)
    expect(more.run).toBe(first.run)
    expect(more.results.count).toBe(6)
    const after = contents(join(cwd, first.run))
    for (const name of Object.keys(before).filter((one) => one.startsWith('stages/')))
      expect(after[name]).toBe(before[name])
    const whole = await runOf([own, '--preset', 'quick', '--set', 'seed=3', '--set', 'means=6'], cwd)
    expect(contents(join(cwd, whole.run))).toEqual(after)
    const kept: unknown = JSON.parse(readFileSync(join(cwd, first.run, 'command.json'), 'utf8'))
    expect(kept).toMatchObject({
      preset: 'quick',
      commands: [expect.stringMatching(/--preset quick --set seed=3$/), expect.stringMatching(/--more 2$/)],
    })
    const { machines } = JSON.parse(readFileSync(join(cwd, first.run, 'environment.json'), 'utf8'))
    expect(Object.fromEntries(machines[0])).toHaveProperty('processor')
  })

  it('says before any work what it would do, and about how long', async () => {
    const cwd = temporaryFolder()
    const { stdout } = await ntk(['experiment', 'run', 'lee-s9', '--preset', 'paper', '--plan'], { cwd })
    expect(stdout).toMatch(/widths:\n {2}- 64/)
    expect(stdout).toMatch(/lee-s9 {2}112 stages, about .* (h|min) .*on this machine/)
    expect(readdirSync(cwd)).toEqual([])
  })

  it('refuses what is unknown by name, with the nearest, and makes no folder', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'none.mjs'), 'export default { name: "none", summary: "no experiment" }')
    for (const [args, words] of [
      [['lee-s99'], /There is no experiment "lee-s99".[\s\S]*Did you mean "lee-s9"/],
      [['lee-s9', '--preset', 'fast'], /lee-s9 has no preset "fast".[\s\S]*quick, standard, paper/],
      [['lee-s9', '--set', 'widhts=64'], /lee-s9 has no setting "widhts".[\s\S]*widths/],
      [['lee-s9', '--set', 'widths'], /--set key=value/],
      [['lee-s9', '--set', 'repeats=1'], /repeats .* must be at least 3/],
      [['lee-s9', '--more', '2'], /There is no run of lee-s9 in runs/],
      [['lee-s9', '--more', 'x'], /whole number/],
      [['none.mjs'], /default export of none\.mjs is no experiment[\s\S]*settings, setup/],
      [['gone.mjs'], /gone\.mjs cannot be read/],
      [[], /There is no experiment to run/],
    ] as const) {
      const { code, stderr } = await ntk(['experiment', 'run', ...args], { cwd })
      expect([args, code]).toEqual([args, 2])
      expect(stderr).toMatch(words)
    }
    expect(readdirSync(cwd)).toEqual(['none.mjs'])
  })

  it('gives --data to those of several experiments that read data, and refuses it where none does', async () => {
    const cwd = temporaryFolder()
    const plan = ['--preset', 'quick', '--data', 'glyphs', '--plan']
    const both = await ntk(['experiment', 'run', 'lee-1', 'lee-s9', ...plan], { cwd })
    expect(both.code).toBe(0)
    expect(both.stdout).toMatch(/data: glyphs/)
    const none = await ntk(['experiment', 'run', 'lee-s9', 'lee-s10', ...plan], { cwd })
    expect(none.code).toBe(2)
    expect(none.stderr).toMatch(/lee-s9 has no setting "data"/)
  })

  it('names the way out where a data set is missing, and leaves nothing', async () => {
    const cwd = temporaryFolder()
    const { code, stderr } = await ntk(['experiment', 'run', 'lee-1', '--data-dir', 'gone'], { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(/gone[\s\S]*--data glyphs/)
    expect(readdirSync(cwd)).toEqual([])
  })

  it('reports the newest run of each on one page, and keeps what it is made of', async () => {
    const cwd = temporaryFolder()
    expect((await ntk(['experiment', 'report'], { cwd })).stderr).toMatch(/no finished run/)
    await runOf([own, '--set', 'seed=1'], cwd)
    const newest = await runOf([own, '--set', 'seed=2'], cwd)
    const { stdout, code } = await ntk(['experiment', 'report', '--out', 'kept', '--json'], { cwd })
    expect(code).toBe(0)
    expect(JSON.parse(stdout).experiments).toMatchObject([{ name: 'means', run: newest.run }])
    expect(readFileSync(join(cwd, 'kept', 'report.html'), 'utf8')).toContain('mean of all numbers')
    const table = readFileSync(join(cwd, 'kept', 'report.md'), 'utf8')
    expect(table).toMatch(/\| `means` \| mean of all numbers \| .* \| agrees \|/)
    expect(readdirSync(join(cwd, 'kept', 'means')).sort()).toContain('results.json')
    // The page of what was kept says the same.
    await ntk(['experiment', 'report', '--runs', 'kept'], { cwd })
    expect(readFileSync(join(cwd, 'kept', 'report.md'), 'utf8')).toBe(table)
  })

  it('killed at any moment and resumed leaves the bytes of a run that was not', async () => {
    const cwd = temporaryFolder()
    const small = ['widths=16,24,32', 'samples=4', 'repeats=3', 'inputs=4', 'features=8']
    const args = ['experiment', 'run', 'lee-s9', ...small.flatMap((set) => ['--set', set])]
    const child = spawn(process.execPath, ['--conditions=@ntk/source', bin, ...args], { cwd })
    const ended = new Promise((resolve) => child.on('close', resolve))
    const finished = (): string[] => {
      const [run = ''] = existsSync(join(cwd, 'runs')) ? readdirSync(join(cwd, 'runs')) : []
      const stages = join(cwd, 'runs', run, 'stages')
      return run !== '' && existsSync(stages)
        ? readdirSync(stages).filter((name) => !name.startsWith('.'))
        : []
    }
    while (finished().length < 2) await new Promise((go) => setTimeout(go, 5))
    child.kill('SIGKILL')
    await ended
    const [run = ''] = readdirSync(join(cwd, 'runs'))
    const resumed = await runOf(['--resume', `runs/${run}`], cwd)
    const whole = await runOf(args.slice(2), cwd)
    expect(contents(join(cwd, resumed.run))).toEqual(contents(join(cwd, whole.run)))
  }, 120_000)
})

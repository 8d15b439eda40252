import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from './support.js'

const bin = fileURLToPath(new URL('fixtures/bin.mjs', import.meta.url))
const beside = fileURLToPath(new URL('fixtures/beside.mjs', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function ntkProcess(
  args: readonly string[],
  { cwd, threads, interruptWhen }: { cwd: string; threads: number; interruptWhen?: () => boolean },
): Promise<Ended> {
  const env = { ...process.env, NTK_THREADS: String(threads) }
  const child = spawn(process.execPath, ['--conditions=@ntk/source', bin, ...args], { cwd, env })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (text) => {
    said.stdout += String(text)
  })
  child.stderr.on('data', (text) => {
    said.stderr += String(text)
  })
  const looking = setInterval(() => {
    if (interruptWhen?.() !== true) return
    clearInterval(looking)
    child.kill('SIGINT')
  }, 20)
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearInterval(looking)
      resolve({ code, ...said })
    })
  })
}

/** What a run leaves, but for when and how long. */
function contents(cwd: string): Record<string, string> {
  const [run = ''] = readdirSync(join(cwd, 'runs'))
  const folder = join(cwd, 'runs', run)
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/report|environment|command/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    names.sort().map((name) => {
      const text = readFileSync(name, 'latin1').replace(/"seconds": [\d.e-]+/, '')
      return [name.slice(folder.length + 1), text]
    }),
  )
}

const run = ['experiment', 'run', beside, '--json']

describe('stages of an experiment', () => {
  it('run beside each other, a core each', async () => {
    const { stdout, code } = await ntkProcess([...run, '--set', 'wait=60'], {
      cwd: temporaryFolder(),
      threads: 2,
    })
    const { runs, warnings } = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(runs[0].headline).toBe('4 parts met another')
    expect(warnings).toEqual(['The first part has a word to say.'])
  }, 120_000)

  it('leave the same bytes whether they run beside or behind each other, and when they are interrupted', async () => {
    const [alone, together, broken] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
    expect((await ntkProcess(run, { cwd: alone, threads: 1 })).code).toBe(0)
    expect((await ntkProcess(run, { cwd: together, threads: 2 })).code).toBe(0)
    const interruptWhen = (): boolean => existsSync(join(broken, 'begun-3'))
    const stopped = await ntkProcess(run, { cwd: broken, threads: 2, interruptWhen })
    // Ctrl-C can come too late to keep anything from finishing.
    if (stopped.code !== 0) {
      expect(stopped.code).toBe(130)
      const [folder = ''] = readdirSync(join(broken, 'runs'))
      const resumed = await ntkProcess(['experiment', 'run', '--resume', join('runs', folder), '--json'], {
        cwd: broken,
        threads: 2,
      })
      expect(resumed.code).toBe(0)
    }
    expect(contents(together)).toEqual(contents(alone))
    expect(contents(broken)).toEqual(contents(alone))
  }, 240_000)

  it('that fail beside others say why, and what is finished stays', async () => {
    const cwd = temporaryFolder()
    const failed = await ntkProcess([...run, '--set', 'fail=4'], { cwd, threads: 2 })
    const { error } = JSON.parse(failed.stdout)
    expect(failed.code).toBe(2)
    expect(error).toMatchObject({ code: 'value', what: 'This part cannot be.', fix: 'Leave it out.' })
    expect(error.kept).toMatch(/part-1, part-2/)
  }, 120_000)
})

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from './support.js'

const entry = fileURLToPath(new URL('fixtures/bin.mjs', import.meta.url))
const pipeMaker = 'mkfifo'

interface Ended {
  /** Exit code, or the signal that ended it. */
  readonly how: number | string | null
  readonly stderr: string
  readonly stdout: string
  /** Milliseconds from the last signal on. */
  readonly took: number
}

/** Runs the command in a process of its own; `react` is called with all of stderr whenever more of it comes. */
function ntkProcess(
  args: readonly string[],
  cwd: string,
  react: (child: ChildProcess, stderr: string, signal: (name: NodeJS.Signals) => void) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, ['--conditions=@ntk/source', entry, ...args], { cwd })
  let stderr = ''
  let stdout = ''
  let last = Number.NaN
  const signal = (name: NodeJS.Signals): void => {
    last = performance.now()
    child.kill(name)
  }
  child.stdout.on('data', (text) => {
    stdout += String(text)
  })
  child.stderr.on('data', (text) => {
    stderr += String(text)
    react(child, stderr, signal)
  })
  react(child, stderr, signal)
  return new Promise((resolve) => {
    child.on('close', (code, name) =>
      resolve({ how: code ?? name, stderr, stdout, took: performance.now() - last }),
    )
  })
}

// Compiled code lets go late: then the process ends by the signal itself, which a shell tells as 130 or 143.

/** Calls `work` once, when `text` has come and a moment has passed. */
function after(text: RegExp, work: () => void, wait: number): (stderr: string) => void {
  let done = false
  return (stderr) => {
    if (done || !text.test(stderr)) return
    done = true
    setTimeout(work, wait)
  }
}

// A factorization of 2000 × 2000 numbers in one go, which takes seconds and gives no turn.
const long = ['kernel', '--train', '2000', '--hidden', '4', '--out', 'k.npy']

describe('a signal', () => {
  it.each<[string, NodeJS.Signals[]]>([
    ['SIGTERM', ['SIGTERM']],
    ['a second Ctrl-C', ['SIGINT', 'SIGINT']],
  ])('%s ends work that gives no turn within a second', async (_case, signals) => {
    const cwd = temporaryFolder()
    let hear: ((stderr: string) => void) | undefined
    const ended = await ntkProcess(long, cwd, (_child, stderr, signal) => {
      hear ??= after(
        /ntk kernel/,
        () => {
          signals.forEach((name, i) => {
            setTimeout(() => signal(name), 100 * i)
          })
        },
        100,
      )
      hear(stderr)
    })
    expect([130, signals[0]]).toContain(ended.how)
    expect(ended.took).toBeLessThan(1000)
    expect(ended.stderr).toContain('Stopped at once')
    expect(existsSync(join(cwd, 'k.npy'))).toBe(false)
  })

  it('SIGTERM ends a command that waits for a file which never answers', async () => {
    const cwd = temporaryFolder()
    execFileSync(pipeMaker, [join(cwd, 'job.yaml')])
    const ended = await ntkProcess(['dynamics', '--config', 'job.yaml'], cwd, (_child, stderr, signal) => {
      if (stderr === '') setTimeout(() => signal('SIGTERM'), 4000)
    })
    expect([130, 'SIGTERM']).toContain(ended.how)
    expect(ended.took).toBeLessThan(1000)
  })

  it('Ctrl-C twice says what is kept, and the run goes on later', async () => {
    const cwd = temporaryFolder()
    const small = [
      '--train',
      '200',
      '--test',
      '10',
      '--hidden',
      '32',
      '--widths',
      'none',
      '--steps',
      '100000',
    ]
    let hear: ((stderr: string) => void) | undefined
    const ended = await ntkProcess(['dynamics', ...small, '--json'], cwd, (child, _stderr, signal) => {
      hear ??= () => {}
      const started = setInterval(() => {
        const [run] = existsSync(join(cwd, 'runs')) ? readdirSync(join(cwd, 'runs')) : []
        if (run === undefined || !existsSync(join(cwd, 'runs', run, 'stages/kernels'))) return
        clearInterval(started)
        // What comes now is the kernel of the network and its factorization, of 2000 rows.
        setTimeout(() => signal('SIGINT'), 2500)
        setTimeout(() => signal('SIGINT'), 2600)
      }, 50)
      child.on('close', () => clearInterval(started))
    })
    expect([130, 'SIGINT']).toContain(ended.how)
    expect(ended.took).toBeLessThan(1000)
    const { error } = JSON.parse(ended.stdout) as { error: { code: string; kept: string } }
    expect(error.code).toBe('aborted')
    expect(error.kept).toMatch(
      /^\d finished stages \(data, kernels.*go on with: ntk dynamics --resume runs\//,
    )
  })
})

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeNpy } from '@ntk/tensor'
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

/**
 * Runs the command in a process of its own and sends it signals, a moment after something has come about: the first `wait`
 * milliseconds later, the next 100 after that.
 */
function ntkProcess(
  args: readonly string[],
  cwd: string,
  cause: { readonly when: () => boolean; readonly wait: number; readonly signals: readonly NodeJS.Signals[] },
): Promise<Ended> {
  // Without BLAS, so that the work is as long everywhere.
  const env = { ...process.env, NTK_BLAS: 'off' }
  const child = spawn(process.execPath, ['--conditions=@ntk/source', entry, ...args], { cwd, env })
  let stderr = ''
  let stdout = ''
  let last = Number.NaN
  child.stdout.on('data', (text) => {
    stdout += String(text)
  })
  child.stderr.on('data', (text) => {
    stderr += String(text)
  })
  const looking = setInterval(() => {
    if (!cause.when()) return
    clearInterval(looking)
    cause.signals.forEach((name, i) => {
      setTimeout(
        () => {
          last = performance.now()
          child.kill(name)
        },
        cause.wait + 100 * i,
      )
    })
  }, 20)
  return new Promise((resolve) => {
    child.on('close', (code, name) => {
      clearInterval(looking)
      // Compiled code lets go late: then the process ends by the signal itself, which a shell tells as 130 or 143.
      resolve({ how: code ?? name, stderr, stdout, took: performance.now() - last })
    })
  })
}

describe('a signal', () => {
  it.each<[string, NodeJS.Signals[]]>([
    ['SIGTERM', ['SIGTERM']],
    ['a second Ctrl-C', ['SIGINT', 'SIGINT']],
  ])('%s ends work that gives no turn within a second', async (_case, signals) => {
    const cwd = temporaryFolder()
    const file = join(cwd, 'k.npy')
    // When the kernel is written, its spectrum is next: a factorization in one go, which takes seconds.
    const args = ['kernel', '--train', '2000', '--hidden', '4', '--out', 'k.npy']
    const ended = await ntkProcess(args, cwd, { when: () => existsSync(file), wait: 200, signals })
    expect([130, signals[0]]).toContain(ended.how)
    expect(ended.took).toBeLessThan(1000)
    expect(ended.stderr).toMatch(/Stopped at once[\s\S]*kept {2}the kernel, in k\.npy/)
    expect(decodeNpy(new Uint8Array(readFileSync(file))).shape).toEqual([2000, 2000])
  })

  it('SIGTERM ends a command that waits for a file which never answers', async () => {
    const cwd = temporaryFolder()
    execFileSync(pipeMaker, [join(cwd, 'job.yaml')])
    const cause = { when: () => true, wait: 4000, signals: ['SIGTERM'] } as const
    const ended = await ntkProcess(['dynamics', '--config', 'job.yaml'], cwd, cause)
    expect([130, 'SIGTERM']).toContain(ended.how)
    expect(ended.took).toBeLessThan(1000)
  })

  it('Ctrl-C twice says what is kept, and the run goes on later', async () => {
    const cwd = temporaryFolder()
    const runs = join(cwd, 'runs')
    const ofRun = (name: string): boolean =>
      existsSync(runs) && readdirSync(runs).some((run) => existsSync(join(runs, run, name)))
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
    const ended = await ntkProcess(['dynamics', ...small, '--json'], cwd, {
      // What comes then is the kernel of the network and its factorization, of 2000 rows.
      when: () => ofRun('stages/kernels'),
      wait: 2500,
      signals: ['SIGINT', 'SIGINT'],
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

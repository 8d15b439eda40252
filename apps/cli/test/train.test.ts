import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeNpy } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { optimizerOf, scheduleOf } from '../src/commands/train/optimizer.js'
import { ntk, temporaryFolder } from './support.js'

const samples = ['--train', '40', '--test', '20', '--classes', '0,1,7']
const small = [...samples, '--hidden', '16']

interface Curve {
  readonly loss: readonly number[]
  readonly score: readonly number[]
}

interface Done {
  readonly run: string
  readonly results: {
    readonly learningRate: number
    readonly largestRate: number | null
    readonly lastStep: number
    readonly epochs: number
    readonly stoppedEarly: boolean
    readonly samples: Readonly<Record<string, number>>
    readonly network: {
      readonly steps: readonly number[]
      readonly sets: Readonly<Record<string, Curve | null>>
      readonly moved: Readonly<Record<string, number>>
    }
    readonly linearized: { readonly sets: Readonly<Record<string, Curve | null>> } | null
    readonly distance: { readonly rmse: readonly number[]; readonly moved: readonly number[] } | null
    readonly testRmse: number | null
  }
}

async function trained(args: readonly string[], cwd: string = temporaryFolder()): Promise<Done> {
  const ran = await ntk(['train', ...args, '--json'], { cwd })
  expect([ran.code, ran.stderr]).toEqual([0, ''])
  return JSON.parse(ran.stdout)
}

const lastOf = (list: readonly number[] | undefined): number => list?.at(-1) ?? Number.NaN
const hashOf = (...path: string[]): string =>
  createHash('sha256')
    .update(readFileSync(join(...path)))
    .digest('hex')

describe('ntk train', () => {
  it('trains a network and its linearization on the same batches, and tells how far they part', async () => {
    const cwd = temporaryFolder()
    const wide = ['--hidden', '512', '--start', 'centred', '--batch', '8', '--steps', '3', '--linearized']
    const { run, results } = await trained([...samples, ...wide], cwd)
    expect([results.lastStep, results.epochs]).toEqual([3, 0.6])
    const { network, linearized, distance } = results
    expect(lastOf(network.sets.train?.loss)).toBeLessThan(0.95 * (network.sets.train?.loss[0] ?? 0))
    // Outputs moved, and those of both together: a wide network is near its linearization on the same batches alone.
    expect(lastOf(distance?.moved)).toBeGreaterThan(0.02)
    expect(lastOf(distance?.rmse)).toBeLessThan(0.05 * lastOf(distance?.moved))
    expect(lastOf(linearized?.sets.test?.loss)).toBeCloseTo(lastOf(network.sets.test?.loss), 2)
    expect(distance?.rmse[0]).toBeLessThan(1e-12)
    const kept = [0, 1].map((i) =>
      decodeNpy(
        new Uint8Array(readFileSync(join(cwd, run, `stages/${['network', 'linearized'][i]}/outputs.npy`))),
      ),
    )
    expect(kept.map(({ shape }) => shape)).toEqual([
      [4, 20, 3],
      [4, 20, 3],
    ])
    for (const name of ['loss', 'score', 'distance'])
      expect(existsSync(join(cwd, run, `figures/${name}.svg`))).toBe(true)
    const rows = readFileSync(join(cwd, run, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
    expect(JSON.parse(rows.at(-1) ?? '')).toMatchObject({
      stage: 'linearized',
      split: 'test',
      step: 3,
      epoch: 0.6,
    })
    expect(readFileSync(join(cwd, run, 'report.html'), 'utf8')).toContain('How far weights moved')
  })

  it.each([
    ['sgd', []],
    ['momentum', []],
    ['nesterov', ['--momentum', '0.5', '--clip', '1']],
    ['adam', ['--beta1', '0.8', '--schedule', 'cosine', '--warmup', '3']],
    ['adamw', ['--weight-decay', '0.01']],
    ['rmsprop', ['--decay', '0.8', '--schedule', 'linear']],
    ['adagrad', ['--weight-decay', '1e-3', '--schedule', 'step']],
  ])('trains by %s on cross-entropy, with the learning rate that it chooses', async (name, more) => {
    const { results } = await trained([
      ...small,
      '--loss',
      'cross-entropy',
      '--optimizer',
      name,
      '--steps',
      '40',
      ...more,
    ])
    const loss = results.network.sets.train?.loss
    expect(lastOf(loss)).toBeLessThan(loss?.[0] ?? 0)
    expect(results.largestRate === null).toBe(['adam', 'adamw', 'rmsprop', 'adagrad'].includes(name))
  })

  it('learns numbers of a table, in the units of the table', async () => {
    const cwd = temporaryFolder()
    const rows = Array.from(
      { length: 80 },
      (_, i) => `${Math.sin(i)},${Math.cos(i)},${100 + 30 * Math.sin(i)}`,
    )
    writeFileSync(join(cwd, 'line.csv'), `a,b,y\n${rows.join('\n')}\n`)
    const table = ['--table', 'line.csv', '--target', 'y', '--hidden', '64', '--epochs', '60']
    const { results } = await trained([...table, '--optimizer', 'momentum'], cwd)
    expect(results.samples).toMatchObject({ train: 64, test: 16 })
    expect(lastOf(results.network.sets.test?.score)).toBeGreaterThan(0.97)
    expect(results.testRmse).toBeLessThan(4)
    expect(results.testRmse).toBeGreaterThan(0.05)
  })

  it('ends early by samples that were held out', async () => {
    const args = ['--validation', '10', '--patience', '2', '--min-delta', '10', '--evaluate-every', '3']
    const { results } = await trained([...small, ...args, '--epochs', '50', '--linearized'])
    // The first evaluation is the best, and two more are none.
    expect([results.stoppedEarly, results.lastStep]).toEqual([true, 6])
    expect(results.samples).toMatchObject({ train: 30, validation: 10, test: 20 })
    expect(results.linearized?.sets.validation?.loss).toHaveLength(3)
  })

  it('goes on to the same bytes after it was killed', async () => {
    const cwd = temporaryFolder()
    const args = [
      'train',
      ...samples,
      '--hidden',
      '64',
      '--steps',
      '120',
      '--evaluate-every',
      '10',
      '--checkpoint-every',
      '10',
      '--optimizer',
      'adam',
      '--linearized',
    ]
    const entry = fileURLToPath(new URL('fixtures/bin.mjs', import.meta.url))
    const child = spawn(process.execPath, ['--conditions=@ntk/source', entry, ...args], { cwd })
    const checkpoint = (): string | undefined => {
      const [run] = existsSync(join(cwd, 'runs')) ? readdirSync(join(cwd, 'runs')) : []
      const path = join(cwd, 'runs', run ?? '', 'checkpoints/network.safetensors')
      return existsSync(path) ? run : undefined
    }
    const looking = setInterval(() => {
      if (checkpoint() !== undefined) child.kill('SIGKILL')
    }, 5)
    await new Promise((resolve) => child.on('close', resolve))
    clearInterval(looking)
    const run = checkpoint() ?? ''
    expect(existsSync(join(cwd, 'runs', run, 'stages/network'))).toBe(false)
    const resumed = await trained(['--resume', `runs/${run}`], cwd)
    const whole = await trained(args.slice(1), cwd)
    expect(whole.run).not.toBe(resumed.run)
    for (const file of [
      'metrics.jsonl',
      'results.json',
      'checkpoints/network.safetensors',
      'checkpoints/linearized.safetensors',
      'stages/network/outputs.npy',
    ]) {
      expect([file, hashOf(cwd, resumed.run, file)]).toEqual([file, hashOf(cwd, whole.run, file)])
    }
  }, 180_000)

  it('names a training that diverges', async () => {
    const cwd = temporaryFolder()
    const args = [...small, '--learning-rate', '1e4', '--steps', '200']
    const ran = await ntk(['train', ...args, '--json'], { cwd })
    expect(ran.code).toBe(2)
    const { error } = JSON.parse(ran.stdout) as { error: { code: string; what: string; kept: string } }
    expect(error.code).toBe('diverged')
    expect(error.what).toMatch(/diverged by step \d+/)
    expect(error.kept).toMatch(/ntk train --resume/)
  })

  it.each<[string, string[], RegExp]>([
    ['steps beside epochs', ['--steps', '5', '--epochs', '2'], /steps and epochs/],
    ['patience without samples for it', ['--patience', '3'], /without validation \(--validation\)/],
    ['validation that leaves nothing', ['--train', '20', '--validation', '20'], /--validation\) must leave/],
    ['numbers of another optimizer', ['--beta1', '0.5'], /beta1 \(--beta1\), which only adam, adamw take/],
    ['an end of a rate that is constant', ['--final-rate', '0.1'], /--final-rate\), which only linear/],
    ['a warm-up to the end', ['--steps', '5', '--warmup', '5'], /--warmup\) must end before/],
    ['an unknown optimizer', ['--optimizer', 'adamm'], /Did you mean "adam"\?/],
    [
      'cross-entropy of numbers',
      ['--table', 'smooth', '--task', 'numbers', '--loss', 'cross-entropy'],
      /cross-entropy \(--loss\)/,
    ],
    [
      'cross-entropy of a table of numbers',
      ['--table', 'smooth', '--loss', 'cross-entropy'],
      /target .* is a number/,
    ],
    ['an image network for a table', ['--table', 'smooth', '--architecture', 'lenet'], /A table has rows/],
    [
      'too few outputs',
      ['--network', 'net.json', '--train', '10', '--test', '10'],
      /outputs of shape \[n, 10\]/,
    ],
  ])('refuses %s with exit code 2', async (_case, args, message) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'net.json'), '["serial", ["Dense", {"out": 3}]]')
    const ran = await ntk(['train', ...args], { cwd })
    expect(ran.stderr).toMatch(message)
    expect(ran.code).toBe(2)
  })
})

describe('the learning rate of ntk train', () => {
  const at = (config: Parameters<typeof scheduleOf>[0], steps: readonly number[]): number[] => {
    const schedule = scheduleOf(config, 2, 12)
    return steps.map((step) => (typeof schedule === 'number' ? schedule : schedule(step)))
  }

  it('rises on a line, and falls as its name says', () => {
    expect(at({ name: 'constant', warmup: 4 }, [0, 1, 3, 4, 11])).toEqual([0.5, 1, 2, 2, 2])
    expect(at({ name: 'linear', warmup: 2, final: 0.5 }, [1, 2, 7, 12])).toEqual([2, 2, 1.5, 1])
    expect(at({ name: 'cosine', warmup: 0 }, [0, 6, 12])).toEqual([2, expect.closeTo(1, 12), 0])
    expect(at({ name: 'exponential', warmup: 0, final: 0.25 }, [0, 6, 12])).toEqual([2, 1, 0.5])
    expect(at({ name: 'step', warmup: 0, every: 5, factor: 0.5 }, [4, 5, 10])).toEqual([2, 1, 0.5])
    expect(at({ name: 'step', warmup: 0 }, [3, 4, 8])).toEqual([2, expect.closeTo(0.2), expect.closeTo(0.02)])
  })

  it('stands in the name of an optimizer with what is done before it', () => {
    const { name, decays } = optimizerOf({ name: 'sgd', learningRate: 1, clip: 2, weightDecay: 0.1 }, 1)
    expect(name).toMatch(/clip.*2.*eight.*0\.1.*learning rate 1/)
    expect(decays).toBe(true)
  })
})

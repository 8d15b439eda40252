import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeNpy, slice } from '@ntk/tensor'
import { parquetReadObjects } from 'hyparquet'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Finding } from '../src/experiment/finding.js'
import { ntk, type Ran, temporaryFolder } from './support.js'

const small = ['--train', '20', '--test', '20', '--classes', '0,1,2', '--steps', '20', '--evaluations', '8']
const quick = [...small, '--hidden', '16', '--widths', 'none']

interface Done {
  readonly findings: readonly Finding[]
  readonly run: string
  readonly report: string
  readonly warnings: string[]
  readonly results: {
    readonly network: { ofStart: number; relative: number }
    readonly linearized: { ofStart: number; relative: number }
    readonly final: Readonly<Record<'network' | 'linearized', { readonly trainLoss: number }>>
    readonly networkRmse: number
    readonly linearizedRmse: number
    readonly learningRate: number
    readonly maxLearningRate: number
    readonly accuracy: { network: number; predicted: number; networks: number }
    readonly sweep: {
      points: { width: number; networks: { kernel: number; own: number; infinite: number; rmse: number }[] }[]
      laws: Record<'kernel' | 'infinite' | 'own', { slope: number; slopeError: number }>
    } | null
  }
}

function parsed(ran: Ran): Done {
  expect(ran.stderr).toBe('')
  expect(ran.code).toBe(0)
  return JSON.parse(ran.stdout)
}

describe('ntk dynamics on glyphs', () => {
  const cwd = temporaryFolder()
  let done: Done
  const file = (name: string): string => join(cwd, done.run, name)
  beforeAll(async () => {
    const args = [
      '--train',
      '30',
      '--test',
      '30',
      '--classes',
      '0,1,2',
      '--steps',
      '40',
      '--evaluations',
      '12',
    ]
    done = parsed(
      await ntk(
        ['dynamics', ...args, '--hidden', '256,256', '--widths', '16,64,256', '--networks', '3', '--json'],
        { cwd },
      ),
    )
  }, 120_000)

  it('trains a linearization that the closed form predicts to rounding', () => {
    expect(done.results.linearized.relative).toBeLessThan(1e-9)
    expect(done.results.linearizedRmse).toBeLessThan(1e-9)
  })

  it('trains a network whose losses stay within 3 % of the prediction', () => {
    expect(done.results.network.ofStart).toBeLessThan(0.03)
    expect(done.results.network.ofStart).toBeGreaterThan(0)
  })

  it('finds that wider networks are closer to their prediction', () => {
    const sweep = done.results.sweep
    for (const name of ['kernel', 'infinite', 'own'] as const) {
      const means =
        sweep?.points.map(({ networks }) => networks.reduce((sum, one) => sum + one[name], 0) / 3) ?? []
      expect(means, name).toHaveLength(3)
      expect(means[2], name).toBeLessThan(0.7 * (means[0] ?? Number.NaN))
      expect(sweep?.laws[name].slope, name).toBeLessThan(-0.2)
    }
    // The main network is the first of its width.
    expect(sweep?.points[2]?.networks[0]?.rmse).toBe(done.results.networkRmse)
  })

  it('tells its findings with error bars, theory and verdict', () => {
    const found = Object.fromEntries(done.findings.map((finding) => [finding.name, finding]))
    expect(Object.keys(found)).toEqual(['linearization', 'accuracy', 'kernel-slope', 'width-slope'])
    expect(found.linearization).toMatchObject({ theory: 0, relation: 'at most', verdict: 'agrees' })
    expect(found.accuracy).toMatchObject({ theory: 0, verdict: 'agrees' })
    expect(found['kernel-slope']).toMatchObject({
      theory: -0.5,
      value: done.results.sweep?.laws.kernel.slope,
    })
    expect(found['width-slope']).toMatchObject({ theory: -0.5, relation: 'at most' })
    // Three widths leave the line one degree of freedom: too few for a slope, and the report says so.
    expect(found['width-slope']?.verdict).toBe('too noisy')
    const results: { findings: unknown } = JSON.parse(readFileSync(file('results.json'), 'utf8'))
    expect(results.findings).toEqual(done.findings)
    expect(readFileSync(file('report.html'), 'utf8')).toContain('too noisy')
  })

  it('trains at half of the largest stable learning rate unless told otherwise', () => {
    expect(done.results.learningRate).toBeCloseTo(done.results.maxLearningRate / 2, 12)
  })

  it('leaves every file it names', () => {
    const names = ['config.yaml', 'results.json', 'metrics.jsonl', 'metrics.parquet', 'report.html']
    const figures = ['loss', 'outputs', 'scatter', 'width', 'spectrum'].flatMap((name) =>
      ['svg', 'png', 'vl.json'].map((ending) => `figures/${name}.${ending}`),
    )
    for (const name of [...names, ...figures]) expect(existsSync(file(name)), name).toBe(true)
  })

  it('resolves the config so that it repeats the run', () => {
    const config: unknown = parse(readFileSync(file('config.yaml'), 'utf8'))
    expect(config).toMatchObject({
      data: { name: 'glyphs', train: 30, classes: [0, 1, 2], normalize: 'sample' },
      network: { hidden: [256, 256] },
      training: { learningRate: 'auto', steps: 40, batch: 'full', momentum: 0 },
      widths: [16, 64, 256],
      seed: 0,
    })
  })

  it('writes the same metrics as JSON lines and as Parquet', async () => {
    const lines = readFileSync(file('metrics.jsonl'), 'utf8').trim().split('\n')
    const rows = lines.map((line): Record<string, unknown> => JSON.parse(line))
    const bytes = new Uint8Array(readFileSync(file('metrics.parquet')))
    const back = await parquetReadObjects({ file: bytes.buffer })
    expect(back).toEqual(rows)
    const curves = new Set(rows.map((row) => row.curve))
    expect([...curves].sort()).toEqual(['closedForm', 'infinite', 'linearized', 'network'])
    const start = rows.filter((row) => row.step === 0 && row.split === 'test' && row.width === 256)
    const losses = start.map((row) => Number(row.loss))
    expect(start.length).toBe(3)
    for (const loss of losses) expect(loss).toBeCloseTo(losses[0] ?? Number.NaN, 10)
  })

  it('starts at outputs that are zero, exactly, in training and in prediction', () => {
    for (const stage of ['network', 'linearized', 'closed-form', 'infinite']) {
      for (const name of ['f_train', 'f_test']) {
        const outputs = decodeNpy(new Uint8Array(readFileSync(file(`stages/${stage}/${name}.npy`))))
        expect(new Set(slice(outputs, 0).dataSync()), `${stage} ${name}`).toEqual(new Set([0]))
        expect(new Set(slice(outputs, -1).dataSync()).size).toBeGreaterThan(1)
      }
    }
  })

  it('keeps kernels and outputs as npy', () => {
    const kernel = decodeNpy(new Uint8Array(readFileSync(file('stages/kernels/ntk_train_train.npy'))))
    expect(kernel.shape).toEqual([30, 30])
    const own = decodeNpy(new Uint8Array(readFileSync(file('stages/empirical/ntk_train_train.npy'))))
    expect(own.shape).toEqual([30, 30, 3, 3])
  })

  it('writes a report that names the finding and how to repeat it', () => {
    const html = readFileSync(file('report.html'), 'utf8')
    expect(html).toContain('A network of width 256 trains as its kernel predicts')
    expect(html).toContain(`ntk dynamics --config ${done.run}/config.yaml`)
  })
})

describe('ntk dynamics', () => {
  it('starts at random outputs where it is asked to, and then judges the mean over the chance of the start', async () => {
    const args = ['dynamics', ...quick, '--start', 'random', '--json']
    const done = parsed(await ntk(args, { cwd: temporaryFolder() }))
    expect(done.findings.map(({ name }) => name)).toEqual(['linearization', 'own-output', 'accuracy'])
    expect(done.results.linearized.relative).toBeLessThan(1e-8)
  })

  it('predicts momentum exactly too', async () => {
    const done = parsed(
      await ntk(['dynamics', ...quick, '--momentum', '0.8', '--json'], { cwd: temporaryFolder() }),
    )
    expect(done.results.linearized.relative).toBeLessThan(1e-8)
  })

  it('takes a spec of another architecture, and batches with a warning', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'net.yaml'), '[serial, [Flatten], [Dense, {out: 24}], [Erf], [Dense, {out: 3}]]')
    const args = ['--network', 'net.yaml', '--batch', '10', '--dtype', 'float32', '--json']
    const done = parsed(await ntk(['dynamics', ...small, ...args], { cwd }))
    expect(done.warnings.join()).toContain('Batches are drawn at random')
  })

  it('chooses a rate for small batches with momentum that does not make training diverge', async () => {
    const args = ['--train', '20', '--test', '20', '--classes', '0,1,2', '--hidden', '16', '--widths', 'none']
    const batches = ['--batch', '4', '--momentum', '0.9', '--steps', '300', '--json']
    const done = parsed(await ntk(['dynamics', ...args, ...batches], { cwd: temporaryFolder() }))
    const { network, linearized } = done.results.final
    for (const { trainLoss } of [network, linearized]) expect(trainLoss).toBeLessThan(0.5)
  })

  it('warns of a learning rate above the stable maximum, naming it, and stops where training diverges', async () => {
    const args = ['--train', '20', '--test', '20', '--classes', '0,1,2', '--hidden', '16', '--widths', 'none']
    const ran = await ntk(['dynamics', ...args, '--learning-rate', '300', '--steps', '400'], {
      cwd: temporaryFolder(),
    })
    expect(ran.stderr).toMatch(/warning: The learning rate 300 is above the largest stable one, [\d.]+: /)
    expect(ran.stderr).toContain('error diverged')
    expect(ran.code).toBe(2)
  })

  it('leaves nothing behind when the network cannot be built', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'net.json'), '["serial", ["Dense", {"out": 8}], ["Rleu"], ["Dense", {"out": 3}]]')
    const ran = await ntk(['dynamics', ...small, '--network', 'net.json'], { cwd })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/error spec: No layer is called "Rleu"[\s\S]*Relu/)
    expect(existsSync(join(cwd, 'runs'))).toBe(false)
  })

  it('names an unknown option of a layer with the nearest one', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'net.json'), '["Dense", {"out": 3, "wStdd": 2}]')
    const ran = await ntk(['dynamics', ...small, '--network', 'net.json'], { cwd })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/error spec:[\s\S]*wStd/)
  })

  it('says when the network has not one output a class', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'net.json'), '["serial", ["Dense", {"out": 8}], ["Relu"], ["Dense", {"out": 4}]]')
    const ran = await ntk(['dynamics', ...small, '--network', 'net.json'], { cwd })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('one number a class')
  })

  it('after an interrupt keeps finished stages, says how to go on, and goes on to the same numbers', async () => {
    const cwd = temporaryFolder()
    const controller = new AbortController()
    const args = ['dynamics', ...small, '--hidden', '16', '--widths', '8,12', '--out', 'out']
    const onStderr = (text: string): void => {
      // The interrupt comes when the first network of the sweep is trained.
      if (text.startsWith('training width 8:')) controller.abort()
    }
    const broken = await ntk(args, { cwd, signal: controller.signal, onStderr })
    expect(broken.code).toBe(130)
    expect(broken.stderr).toContain('error aborted: Interrupted.')
    const run = /kept .*width-8\); go on with: ntk dynamics --resume (\S+)\n$/.exec(broken.stderr)?.[1] ?? ''
    const resumed = await ntk(['dynamics', '--resume', run], { cwd })
    expect(resumed.code).toBe(0)
    expect(resumed.stderr).toMatch(/\d of \d stages: kept from before/)
    const whole = parsed(await ntk([...args, '--json'], { cwd }))
    const read = (path: string): unknown => JSON.parse(readFileSync(join(cwd, path, 'results.json'), 'utf8'))
    expect(read(run)).toEqual(read(whole.run))
    const metrics = (path: string): string => readFileSync(join(cwd, path, 'metrics.jsonl'), 'utf8')
    expect(metrics(run)).toBe(metrics(whole.run))
  })

  it('into a place that cannot be written is a disk error', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'runs'), 'a file, not a folder')
    const ran = await ntk(['dynamics', ...quick], { cwd })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('error disk')
  })
})

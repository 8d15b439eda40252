import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { foldIn, key, NtkError, normal, type Tensor, tensorFromData } from '@ntk/tensor'
import { takeLock } from '@ntk/tiles/node'
import { describe, expect, it } from 'vitest'
import { defineExperiment, type Experiment, type ExperimentHead } from '../src/experiment/experiment.js'
import { verdictOf } from '../src/experiment/finding.js'
import { theoryText } from '../src/experiment/findings-table.js'
import { planExperiment } from '../src/experiment/plan.js'
import { runExperiment } from '../src/experiment/run.js'
import { type Stage, stage } from '../src/experiment/stage.js'
import type { Io } from '../src/frame/io.js'
import { float64s } from '../src/measures/rows.js'
import { silentProgress } from '../src/progress/create.js'
import { createRun, openRun } from '../src/runs/directory.js'
import { text, whole } from '../src/settings/kind.js'
import { resolveConfig } from '../src/settings/resolve.js'
import { group, setting } from '../src/settings/setting.js'
import { temporaryFolder } from './support.js'

// The whole of an experiment: how far means of normal numbers are from 0.

interface MeansConfig {
  samples: number
  means: number
  seed: number
  out: string
}

const head: ExperimentHead<MeansConfig> = {
  name: 'means',
  summary: 'Means of normal numbers are normal',
  settings: group<MeansConfig>({
    samples: setting(whole(), { help: 'Numbers in a mean', default: 400 }),
    means: setting(whole(), { help: 'Means', default: 100 }),
    seed: setting(whole({ min: 0 }), { help: 'Seed', default: 0 }),
    out: setting(text('dir'), { help: 'Folder of runs', default: 'runs' }),
  }),
  presets: { quick: { samples: 50 }, paper: { samples: 10_000, means: 1000 } },
}

/** What the test does while a stage runs. */
type During = (stage: string) => void

function means(during: During): Experiment<MeansConfig, MeansConfig, Stages, { spread: number }> {
  return defineExperiment({
    ...head,
    setup: (config) => config,
    stages: (config) => {
      const drawn = stage({
        name: 'drawn',
        title: 'drawing numbers',
        async run(_inputs, { record }) {
          const x = normal(foldIn(key(config.seed), 0), [config.means, config.samples])
          record([{ step: 0, numbers: x.size }])
          during('drawn')
          return { values: { numbers: x.size }, arrays: { x } }
        },
      })
      const averaged = stage({
        name: 'averaged',
        title: 'averaging',
        needs: { drawn },
        async run({ drawn: { arrays, values } }, { record }) {
          const data = arrays.x.dataSync()
          const sums = new Float64Array(config.means)
          for (let i = 0; i < values.numbers; i++) {
            const row = Math.floor(i / config.samples)
            sums[row] = (sums[row] ?? 0) + (data[i] ?? 0) / config.samples
          }
          record([{ step: 1, numbers: config.means }])
          during('averaged')
          return { values: {}, arrays: { means: tensorFromData(sums, [config.means]) } }
        },
      })
      return { drawn, averaged }
    },
    numbers: ({ averaged }, { samples }) => {
      const means = float64s(averaged.arrays.means)
      const squares = means.map((mean) => samples * mean ** 2)
      return { spread: Math.sqrt(squares.reduce((a, b) => a + b) / squares.length) }
    },
    figures: [
      {
        name: 'means',
        caption: 'Every mean.',
        draw: ({ results }) => ({
          data: { values: [...results.averaged.arrays.means.dataSync()].map((mean, i) => ({ i, mean })) },
          mark: 'point',
          encoding: { x: { field: 'i', type: 'quantitative' }, y: { field: 'mean', type: 'quantitative' } },
        }),
      },
      { name: 'nothing', caption: 'Not drawn.', draw: () => null },
    ],
    findings: [
      {
        name: 'spread',
        statement: 'spread of means, in units of 1/sqrt(samples)',
        note: 'Means of independent numbers. Error bar: of a standard deviation.',
        measure: ({ numbers: { spread }, setup }) => ({
          value: spread,
          uncertainty: 1 / Math.sqrt(2 * setup.means),
          theory: 1,
          resolution: 0.1,
        }),
      },
    ],
    story: ({ setup }, findings) => ({
      headline: `Means of ${setup.samples} numbers spread as they should: ${findings[0]?.verdict}`,
      lead: 'Numbers were drawn and averaged.',
      facts: [{ label: 'means', value: String(setup.means) }],
    }),
  })
}

type Stages = {
  readonly drawn: Stage<{ values: { numbers: number }; arrays: { x: Tensor } }>
  readonly averaged: Stage<{ values: object; arrays: { means: Tensor } }>
}

function ioIn(cwd: string): Io {
  const signal = new AbortController().signal
  return { stdout: { write: () => {} }, stderr: { write: () => {} }, env: {}, cwd, signal }
}

interface Went {
  readonly folder: string
  readonly error: unknown
  readonly ran: readonly string[]
}

/** Runs it in a new folder, or goes on in one. */
async function go(cwd: string, during: During = () => {}, resume?: string): Promise<Went> {
  const ran: string[] = []
  const experiment = means((name) => {
    ran.push(name)
    during(name)
  })
  const config = resolveConfig(head.settings, { cwd, flags: { samples: '64' } })
  const plan = planExperiment(experiment, config)
  const run =
    resume === undefined
      ? createRun(cwd, config.out, { experiment: plan.name, config }, new Date())
      : openRun(cwd, resume).run
  const io = ioIn(cwd)
  let error: unknown
  try {
    await runExperiment(plan, () => run, { io, progress: silentProgress(), signal: io.signal })
  } catch (thrown) {
    error = thrown
  }
  return { folder: run.path, error, ran }
}

const failAt =
  (name: string): During =>
  (now) => {
    if (now === name) throw new NtkError('diverged', { what: 'The loss is not finite.' })
  }

/** Every file of a run but those that tell when and where. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  const told = names
    .filter((name) => !/report\.html|stage\.json|config\.yaml|environment\.json/.test(name))
    .sort()
  return Object.fromEntries(told.map((name) => [name, readFileSync(join(folder, name), 'base64')]))
}

describe('an experiment', () => {
  it('is run by the frame: stages, metrics, figures, findings, report', async () => {
    const { folder, error, ran } = await go(temporaryFolder())
    expect(error).toBeUndefined()
    expect(ran).toEqual(['drawn', 'averaged'])
    expect(readdirSync(join(folder, 'figures'))).toEqual(['means.png', 'means.svg', 'means.vl.json'])
    const results: unknown = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'))
    expect(results).toMatchObject({
      experiment: 'means',
      headline: 'Means of 64 numbers spread as they should: agrees',
      findings: [{ name: 'spread', theory: 1, relation: 'equal', verdict: 'agrees' }],
    })
    const html = readFileSync(join(folder, 'report.html'), 'utf8')
    for (const part of ['spread of means', 'agrees', 'Every mean.', 'ntk means --config', 'averaging'])
      expect(html).toContain(part)
    expect(existsSync(join(folder, 'run.lock'))).toBe(false)
  })

  it('goes on after an interruption, to the same bytes as one that had none', async () => {
    const cwd = temporaryFolder()
    const broken = await go(cwd, failAt('averaged'))
    expect(String(Reflect.get(Object(broken.error), 'kept'))).toMatch(
      /^1 finished stage \(drawn\); go on with: ntk means --resume /,
    )
    const resumed = await go(cwd, () => {}, broken.folder)
    expect(resumed.ran).toEqual(['averaged'])
    const whole = await go(cwd)
    expect(contents(resumed.folder)).toEqual(contents(whole.folder))
    expect(Object.keys(contents(whole.folder))).toContain('stages/averaged/means.npy')
  })

  it('that fails before a stage is whole takes back what it made, and nothing else', async () => {
    const cwd = temporaryFolder()
    const broken = await go(cwd, failAt('drawn'))
    expect(broken.error).toMatchObject({ code: 'diverged' })
    expect(readdirSync(cwd)).toEqual([])
    writeFileSync(join(cwd, 'mine'), '')
    const other = await go(cwd, (name) => {
      // Someone puts a file into the folder of the run meanwhile.
      for (const id of readdirSync(join(cwd, 'runs')))
        writeFileSync(join(cwd, 'runs', id, 'notes.txt'), 'mine')
      failAt('drawn')(name)
    })
    expect(readdirSync(other.folder)).toEqual(['notes.txt'])
    expect(readdirSync(cwd).sort()).toEqual(['mine', 'runs'])
  })

  it('resumed and failing before a stage is whole deletes nothing', async () => {
    const cwd = temporaryFolder()
    const run = createRun(cwd, 'runs', { experiment: 'means', config: { samples: 64 } }, new Date())
    mkdirSync(join(run.path, 'figures'))
    for (const name of ['notes.txt', 'figures/own.svg', 'metrics.jsonl'])
      writeFileSync(join(run.path, name), '')
    const before = readdirSync(run.path, { recursive: true }).sort()
    const { error } = await go(cwd, failAt('drawn'), run.path)
    expect(error).toMatchObject({ code: 'diverged' })
    expect(readdirSync(run.path, { recursive: true }).sort()).toEqual(before)
  })

  it('is resumed by one at a time: the other is told who works on it', async () => {
    const cwd = temporaryFolder()
    const { folder } = await go(cwd, failAt('averaged'))
    const both = await Promise.all([go(cwd, () => {}, folder), go(cwd, () => {}, folder)])
    const [refused, ...others] = both.filter(({ error }) => error !== undefined)
    expect(others).toEqual([])
    expect(refused?.error).toMatchObject({
      code: 'locked',
      got: expect.stringContaining(`process ${process.pid} `),
    })
    expect(refused?.ran).toEqual([])
    const rows = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n')
    expect(rows).toHaveLength(2)
  })

  it('sweeps away what a killed process had begun to write, and takes over its lock', async () => {
    const cwd = temporaryFolder()
    const { folder } = await go(cwd, failAt('averaged'))
    writeFileSync(join(folder, '.results.json.999999.part'), '{')
    mkdirSync(join(folder, 'stages', '.averaged.999999.part'))
    // The lock of this process, with a number that no process has.
    const lock = await takeLock(join(folder, 'run.lock'), 'the run')
    const holder: object = JSON.parse(readFileSync(join(folder, 'run.lock'), 'utf8'))
    await lock.release()
    writeFileSync(join(folder, 'run.lock'), JSON.stringify({ ...holder, pid: 2 ** 30 }))
    const { error } = await go(cwd, () => {}, folder)
    expect(error).toBeUndefined()
    const left = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    expect(left.filter((name) => name.includes('.part') || name.includes('lock'))).toEqual([])
  })

  it('whose folder is deleted midway ends in a disk error that says so', async () => {
    const cwd = temporaryFolder()
    const { error } = await go(cwd, () => {
      for (const id of readdirSync(join(cwd, 'runs'))) rmSync(join(cwd, 'runs', id), { recursive: true })
    })
    expect(error).toMatchObject({ code: 'disk', what: expect.stringContaining('was removed while the run') })
    expect(readdirSync(join(cwd, 'runs'))).toEqual([])
  })

  it('takes settings from flags, over a preset, over defaults', () => {
    const cwd = temporaryFolder()
    const resolved = resolveConfig(head.settings, {
      cwd,
      preset: { ...head.presets?.paper },
      flags: { means: '7' },
    })
    expect(resolved).toEqual({ samples: 10_000, means: 7, seed: 0, out: 'runs' })
  })

  it('whose stages are wrong is an error for its author', () => {
    const one = stage({ name: 'one', title: 'one', run: async () => ({ values: {}, arrays: {} }) })
    const two = stage({
      name: 'two',
      title: 'two',
      needs: { one },
      run: async () => ({ values: {}, arrays: {} }),
    })
    const plan = (stages: Record<string, Stage>): unknown =>
      planExperiment(
        defineExperiment({
          ...head,
          setup: (config) => config,
          stages: () => stages,
          numbers: () => ({}),
          figures: [],
          findings: [],
          story: () => ({ headline: '', lead: '', facts: [] }),
        }),
        { samples: 1, means: 1, seed: 0, out: '' },
      )
    expect(() => plan({ two, one })).toThrow(/experiment means, stage two: it needs one/)
    expect(() => plan({ one, again: one })).toThrow(/two stages have this name/)
  })
})

describe('a finding', () => {
  const measured = { value: -0.45, uncertainty: 0.03, theory: -0.5, resolution: 0.1 }

  it.each([
    [61.70023, 0.0045, '61.7002'],
    [7, 0.0042, '7'],
    [-0.29817, 0.00088, '−0.29817'],
    [-0.5, 0.062, '−0.5'],
    [0, 0.1, '0'],
    [1 / 3, Number.NaN, '0.333'],
    [1 / 3, 0, '0.333'],
  ])('theory %d beside an error bar of %d is written %s', (theory, uncertainty, text) => {
    expect(theoryText({ relation: 'equal', theory, uncertainty })).toBe(text)
  })

  it('agrees within two error bars, differs beyond, and is too noisy where they are too wide', () => {
    expect(verdictOf(measured)).toBe('agrees')
    expect(verdictOf({ ...measured, value: -0.4 })).toBe('differs')
    expect(verdictOf({ ...measured, uncertainty: 0.2 })).toBe('too noisy')
    expect(verdictOf({ ...measured, uncertainty: Number.NaN })).toBe('too noisy')
    expect(verdictOf({ ...measured, value: Number.NaN })).toBe('too noisy')
  })

  it('may be a bound', () => {
    expect(verdictOf({ ...measured, relation: 'at most', value: -3 })).toBe('agrees')
    expect(verdictOf({ ...measured, relation: 'at least', value: -3 })).toBe('differs')
  })
})

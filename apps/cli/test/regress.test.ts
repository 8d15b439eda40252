import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadModel, saveModel } from '@ntk/regression/node'
import { decodeNpy, encodeNpy, type Tensor, tensor } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { calibrationError, calibrationFloor, r2Of } from '../src/commands/regress/measures.js'
import { ntk, temporaryFolder } from './support.js'

const small = ['--hidden', '16', '--activation', 'Erf', '--draws', '2']

interface Results {
  readonly run: string
  readonly results: {
    readonly fitted: number
    readonly tested: number
    readonly score: number
    readonly confusion: readonly (readonly number[])[]
  }
  readonly findings: readonly { readonly name: string; readonly value: number }[]
}

/** A table whose target is a line of its inputs, with a column of words. */
const rows = Array.from({ length: 60 }, (_, i) => {
  const [a, kind] = [Math.sin(i * 1.7), i % 3 === 0 ? 'x' : 'y']
  return { a, kind, y: 2 * a + (kind === 'x' ? 1 : 0) }
})
const csv = `a,kind,y\n${rows.map(({ a, kind, y }) => `${a},${kind},${y}`).join('\n')}\n`

describe('ntk regress', () => {
  it('fits a table, and its saved model predicts new rows', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'line.csv'), csv)
    const table = ['--table', 'line.csv', '--target', 'y', '--diag-reg', '1e-4', '--save', 'm']
    const ran = await ntk(['regress', ...table, '--json', ...small], { cwd })
    expect(ran.stderr).not.toContain('error')
    const { run, results, findings } = JSON.parse(ran.stdout) as Results
    expect([results.fitted, results.tested]).toEqual([48, 12])
    expect(results.score).toBeGreaterThan(0.99)
    expect(findings.map(({ name }) => name)).toEqual(['coverage'])
    const report = readFileSync(join(cwd, run, 'report.html'), 'utf8')
    expect(report.match(/<svg/g)?.length).toBeGreaterThanOrEqual(3)

    writeFileSync(join(cwd, 'new.csv'), 'kind,a\nx,0.5\ny,-0.25\n')
    const predicted = await ntk(['regress', '--model', 'm', '--inputs', 'new.csv', '--json'], { cwd })
    const found = (JSON.parse(predicted.stdout) as { rows: string[][] }).rows.map(([mean]) => Number(mean))
    expect(found).toEqual([expect.closeTo(2, 1), expect.closeTo(-0.5, 1)])
    expect(readFileSync(join(cwd, 'predictions.csv'), 'utf8')).toMatch(/^mean,standard deviation\n/)

    writeFileSync(join(cwd, 'wrong.npy'), encodeNpy(tensor([[1, 2]])))
    const wrong = await ntk(['regress', '--model', 'm', '--inputs', 'wrong.npy'], { cwd })
    expect(wrong.stderr).toMatch(/error shape: The model takes samples of shape/)
    const y = readFileSync(join(cwd, 'm/solution.npy'))
    y[y.length - 1] = (y[y.length - 1] as number) ^ 1
    writeFileSync(join(cwd, 'm/solution.npy'), y)
    const damaged = await ntk(['regress', '--model', 'm', '--inputs', 'new.csv'], { cwd })
    expect(damaged.stderr).toMatch(/error data: .*solution\.npy is damaged/)
  })

  it('fits classes of images, and says which is taken for which', async () => {
    const cwd = temporaryFolder()
    const args = ['--classes', '0,1,7', '--train', '60', '--test', '30', '--get', 'ntk']
    const ran = await ntk(['regress', ...args, '--json', ...small], { cwd })
    const { run, results } = JSON.parse(ran.stdout) as Results
    expect(results.confusion.map((row) => row.reduce((a, b) => a + b, 0))).toEqual([10, 10, 10])
    const right = results.confusion.reduce((sum, row, i) => sum + (row[i] ?? 0), 0)
    expect(results.score).toBeCloseTo(right / 30, 14)
    expect(results.score).toBeGreaterThan(0.6)
    expect(existsSync(join(cwd, run, 'figures/confusion.svg'))).toBe(true)
  })

  it('saves a classifier in the folder of @ntk/regression, with the names of its classes', async () => {
    const cwd = temporaryFolder()
    const table = ['--table', 'classes', '--train', '60', '--test', '12', '--save', 'm']
    const ran = await ntk(['regress', ...table, '--json', ...small], { cwd })
    const { run } = JSON.parse(ran.stdout) as Results
    const model = await loadModel(join(cwd, 'm'))
    if (model.kind !== 'classifier') throw new Error(model.kind)
    expect([model.n, model.classes]).toEqual([60, [0, 1, 2]])
    const npy = (name: string): Tensor =>
      decodeNpy(new Uint8Array(readFileSync(join(cwd, run, `stages/${name}.npy`))))
    const rows = npy('data/x_test')
    const again = await model.predict(rows, { get: 'probabilities' })
    expect(again.toNested()).toEqual(npy('fit/probabilities').toNested())
    writeFileSync(join(cwd, 'rows.npy'), encodeNpy(rows))
    const said = await ntk(['regress', '--model', 'm', '--inputs', 'rows.npy', '--json'], { cwd })
    const { columns, rows: found } = JSON.parse(said.stdout) as { columns: string[]; rows: string[][] }
    expect(columns.slice(0, 2)).toEqual(['class', expect.stringMatching(/^probability of ./)])
    const [first = []] = found
    const most = Math.max(...first.slice(1).map(Number))
    expect(columns[1 + first.slice(1).map(Number).indexOf(most)]).toBe(`probability of ${first[0]}`)
    expect(first.slice(1).map(Number)).toEqual((again.toNested() as number[][])[0])

    await saveModel(model, join(cwd, 'plain'))
    const plain = await ntk(['regress', '--model', 'plain', '--inputs', 'rows.npy'], { cwd })
    expect(plain.stderr).toMatch(/error data: plain is a model, and does not say/)
    mkdirSync(join(cwd, 'other'))
    const other = await ntk(['regress', ...table.slice(0, -1), 'other', ...small], { cwd })
    expect(other.stderr).toMatch(/error conflict: save \(--save\) names other/)
    expect(other.code).toBe(2)
  })

  it('chooses by as many samples as it is told', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'line.csv'), csv)
    const choice = ['--choose', 'leave-one-out', '--choose-samples', '20']
    const ran = await ntk(
      ['regress', '--table', 'line.csv', '--target', 'y', ...choice, '--json', ...small],
      { cwd },
    )
    const { run } = JSON.parse(ran.stdout) as Results
    const kept = readFileSync(join(cwd, run, 'stages/fit/stage.json'), 'utf8')
    expect(kept).toMatch(/"samples": 20,/)
  })

  it('keeps kernels by tiles, from which a later run takes them, and makes each once', async () => {
    const cwd = temporaryFolder()
    const args = ['regress', '--train', '60', '--test', '30', '--get', 'ntk', '--json', ...small]
    const results: Results[] = []
    const written: number[] = []
    for (const kernels of [['--kernels', 'k/deep'], ['--kernels', 'k/deep'], []]) {
      const ran = await ntk([...args, ...kernels], { cwd })
      results.push(JSON.parse(ran.stdout) as Results)
      // Tiles that are there stay as they are.
      if (kernels.length > 0) written.push(statSync(join(cwd, 'k/deep/test/tiles/000000.tile')).mtimeMs)
    }
    expect(written[1]).toBe(written[0])
    const [first, again, plain] = results.map(({ results: found }) => found)
    expect(again).toEqual(first)
    expect(first).toEqual(plain)
    const other = await ntk([...args, '--kernels', 'k/deep', '--seed', '1'], { cwd })
    expect(`${other.stdout}${other.stderr}`).toMatch(/k\/deep\/train/)
    expect(other.code).not.toBe(0)
  })

  it('restarts its search from other places', async () => {
    const cwd = temporaryFolder()
    const choice = ['--choose', 'marginal-likelihood', '--choose-samples', '20']
    const likelihoods: number[] = []
    for (const restarts of ['0', '2']) {
      const args = ['regress', '--train', '40', '--test', '10', ...choice, '--choose-restarts', restarts]
      const ran = await ntk([...args, '--json', ...small], { cwd })
      const { run } = JSON.parse(ran.stdout) as Results
      const { values } = JSON.parse(readFileSync(join(cwd, run, 'stages/fit/stage.json'), 'utf8')) as {
        values: { chosen: { value: number } }
      }
      likelihoods.push(values.chosen.value)
    }
    expect(likelihoods[1]).toBeGreaterThanOrEqual((likelihoods[0] as number) - 1e-9)
  })

  it.each<[string, string[], RegExp]>([
    ['a table without a target', ['--table', 'a.csv'], /error config: table\.target \(--target\)/],
    ['a target without a table', ['--target', 'y'], /error config: table\.target .* without a table/],
    ['missing values', ['--table', 'missing-values'], /error data: .*the value is missing[^]*impute/],
    [
      'an unknown column',
      ['--table', 'line.csv', '--target', 'z'],
      /error option: line\.csv has no column "z"/,
    ],
    ['an unknown criterion', ['--choose', 'aic'], /error config: choose/],
    ['inputs without a model', ['--inputs', 'a.npy'], /error option: --model and --inputs go together/],
    ['a folder without a model', ['--model', 'no', '--inputs', 'a.npy'], /error file: no holds no model/],
    [
      'pixels that cannot be saved',
      ['--normalize', 'pixel', '--save', 'm'],
      /error config: .*--normalize pixel/,
    ],
    ['a table for images', ['--table', 'smooth', '--network', 'cnn.json'], /error config: A table has rows/],
  ])('refuses %s with exit code 2', async (_case, args, message) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'line.csv'), csv)
    const cnn = ['serial', ['Conv', { out: 4, filter: [3, 3] }], ['Relu'], ['Flatten'], ['Dense', { out: 1 }]]
    writeFileSync(join(cwd, 'cnn.json'), JSON.stringify(cnn))
    const ran = await ntk(['regress', ...args], { cwd })
    expect(ran.stderr).toMatch(message)
    expect(ran.code).toBe(2)
  })
})

describe('measures of ntk regress', () => {
  it('are those of the definitions', () => {
    // Errors 1, 0, 1 of targets 1, 2, 3, whose squares about their mean sum to 2.
    expect(r2Of([2, 2, 2], [1, 2, 3])).toBeCloseTo(0, 15)
    expect(r2Of([1, 2, 3], [1, 2, 3])).toBe(1)
    expect(r2Of([1, 1], [2, 2])).toBeNaN()
    const points = [
      { promised: 0.5, found: 0.6, error: 0.1, count: 50 },
      { promised: 0.9, found: 0.8, error: 0.2, count: 50 },
    ]
    expect(calibrationFloor(points)).toBeCloseTo(0.15 * Math.sqrt(2 / Math.PI), 12)
    expect(calibrationError(points)).toBeCloseTo(0.1, 12)
  })
})

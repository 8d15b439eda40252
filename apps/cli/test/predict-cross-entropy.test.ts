import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gradientDescent } from '@ntk/dynamics'
import { crossEntropy } from '@ntk/optim'
import {
  add,
  decodeNpy,
  encodeNpy,
  key,
  matmul,
  normal,
  oneHot,
  reshape,
  type Tensor,
  tensor,
  transpose,
  zeros,
} from '@ntk/tensor'
import { decodeNpz, encodeNpz } from '@ntk/tensor/npz'
import { describe, expect, it } from 'vitest'
import { ntk, temporaryFolder } from './support.js'

interface Summary {
  readonly files: readonly string[]
  readonly of: string
  readonly loss: string
  readonly times: readonly {
    readonly time: number | 'inf'
    readonly trainLoss: number | null
    readonly testLoss: number | null
    readonly trainAccuracy: number | null
    readonly testAccuracy: number | null
    readonly deviation: number | null
  }[]
}

async function predict(args: readonly string[], cwd: string): Promise<Summary> {
  const ran = await ntk(['predict', '--loss', 'cross-entropy', ...args, '--json'], { cwd })
  expect([ran.code, ran.stderr, ran.stdout.slice(0, 9)]).toEqual([0, '', '{"files":'])
  return JSON.parse(ran.stdout)
}

const npz = (...path: string[]): Record<string, Tensor> =>
  decodeNpz(new Uint8Array(readFileSync(join(...path))))
const numbers = (x: Tensor | undefined): number[] => [...(x?.dataSync() ?? [])]

function expectClose(a: readonly number[], b: readonly number[], tolerance: number): void {
  expect(a).toHaveLength(b.length)
  expect(Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? Number.NaN))))).toBeLessThan(tolerance)
}

// A linear model f(x) = f_0(x) + x θ of 9 features, 6 samples and 3 test points, with three classes.
const [x, xTest] = [normal(key(0), [6, 9]), normal(key(1), [3, 9])]
const classes = [0, 1, 2, 0, 1, 1]
const labels = tensor(classes, { dtype: 'int32' })
const start = { f_train: normal(key(3), [6, 3]), f_test: normal(key(4), [3, 3]) }
const kernels = {
  ntk_train_train: matmul(x, transpose(x)),
  ntk_test_train: matmul(xTest, transpose(x)),
}

type Rows = number[][]
const rows = (t: Tensor): Rows => t.toNested() as Rows

function softmaxOf(row: readonly number[]): number[] {
  const total = row.reduce((sum, v) => sum + Math.exp(v), 0)
  return row.map((v) => Math.exp(v) / total)
}

/** Gradient descent of the weights of that model, θ' = θ + v', v' = m v − η (∇L + d θ), on cross-entropy averaged over samples. */
function descended(
  steps: number,
  rate: number,
  mass = 0,
  decay = 0,
  weights = zeros([9, 3]),
): { train: number[]; test: number[] } {
  const theta = rows(weights)
  const velocity = Array.from({ length: 9 }, () => [0, 0, 0])
  const f = (inputs: Rows, from: Rows): Rows =>
    inputs.map((row, n) =>
      [0, 1, 2].map((c) => row.reduce((sum, v, i) => sum + v * (theta[i]?.[c] ?? 0), from[n]?.[c] ?? 0)),
    )
  const inputs = rows(x)
  const now = (): Rows => f(inputs, rows(start.f_train))
  for (let step = 0; step < steps; step++) {
    const off = now().map((row, n) => softmaxOf(row).map((p, c) => p - (classes[n] === c ? 1 : 0)))
    for (const [i, weights] of theta.entries())
      for (const c of [0, 1, 2]) {
        const gradient = off.reduce((sum, row, n) => sum + (row[c] ?? 0) * (inputs[n]?.[i] ?? 0), 0) / 6
        const moving = velocity[i] ?? []
        moving[c] = mass * (moving[c] ?? 0) - rate * (gradient + decay * (weights[c] ?? 0))
        weights[c] = (weights[c] ?? 0) + moving[c]
      }
  }
  return { train: now().flat(), test: f(rows(xTest), rows(start.f_test)).flat() }
}

function inFolder(arrays: Record<string, Tensor>): string {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'k.npz'), encodeNpz(arrays))
  return cwd
}

describe('ntk predict --loss cross-entropy', () => {
  it.each([
    [0, 0],
    [0.9, 0],
    [0.9, 0.05],
  ])(
    'gives the steps of gradient descent of a linear model, with momentum %d and weight decay %d',
    async (m, d) => {
      const cwd = inFolder({
        ...kernels,
        ...start,
        y_train: labels,
        y_test: tensor([2, 0, 1], { dtype: 'int32' }),
      })
      const decay = ['--momentum', String(m), '--weight-decay', String(d)]
      const rates = ['--learning-rate', '0.3', ...decay, '--dynamics', 'steps']
      const { of, loss, times } = await predict(['--kernels', 'k.npz', ...rates, '--times', '0,7,40'], cwd)
      expect([of, loss]).toEqual(['network', 'cross-entropy'])
      const { train_mean, test_mean, train_probabilities, test_probabilities, ...rest } = npz(
        cwd,
        'predictions.npz',
      )
      expect(Object.keys(rest)).toEqual(['times'])
      const want = [0, 7, 40].map((steps) => descended(steps, 0.3, m, d))
      for (const [set, outputs, probabilities] of [
        ['train', train_mean, train_probabilities],
        ['test', test_mean, test_probabilities],
      ] as const) {
        const logits = want.map((one) => one[set])
        expectClose(numbers(outputs), logits.flat(), 1e-11)
        expect(probabilities?.shape).toEqual([3, set === 'train' ? 6 : 3, 3])
        const shares = logits.flatMap((at) =>
          at.map((_, i) => softmaxOf(at.slice(i - (i % 3), i - (i % 3) + 3))[i % 3] ?? 0),
        )
        expectClose(numbers(probabilities), shares, 1e-11)
      }
      const shares = numbers(train_probabilities).slice(18, 36)
      const missed = classes.reduce((sum, c, n) => sum - Math.log(shares[3 * n + c] ?? 0), 0) / 6
      expect(times[1]?.trainLoss).toBeCloseTo(missed, 11)
      expect(times[2]?.trainAccuracy).toBe(1)
      expect(times.map(({ deviation }) => deviation)).toEqual([null, null, null])
    },
  )

  it('lets weights decay to zero from where they are', async () => {
    const weights = normal(key(6), [9, 3])
    const tangents = { tangent_train: matmul(x, weights), tangent_test: matmul(xTest, weights) }
    const outputs = {
      f_train: add(start.f_train, tangents.tangent_train),
      f_test: add(start.f_test, tangents.tangent_test),
    }
    const cwd = inFolder({ ...kernels, ...outputs, ...tangents, y_train: labels })
    const decay = ['--momentum', '0.9', '--weight-decay', '0.05', '--decay-to', 'zero']
    const rates = ['--learning-rate', '0.3', ...decay, '--dynamics', 'steps']
    await predict(['--kernels', 'k.npz', ...rates, '--times', '7,40'], cwd)
    const found = npz(cwd, 'predictions.npz')
    const want = [7, 40].map((steps) => descended(steps, 0.3, 0.9, 0.05, weights))
    expectClose(
      numbers(found.train_mean),
      want.flatMap(({ train }) => train),
      1e-11,
    )
    expectClose(
      numbers(found.test_mean),
      want.flatMap(({ test }) => test),
      1e-11,
    )
  })

  it('gives the flow that ever smaller steps come to', async () => {
    const cwd = inFolder({ ...kernels, ...start, y_train: labels })
    await predict(['--kernels', 'k.npz', '--learning-rate', '0.3', '--times', '2,8'], cwd)
    const { train_mean, test_mean } = npz(cwd, 'predictions.npz')
    // Of n steps in the time of one the error is of order 1/n, and that of this extrapolation of order 1/n².
    const flow = (t: number, set: 'train' | 'test', n: number): number[] => {
      const [coarse, fine] = [n, 2 * n].map((each) => descended(t * each, 0.3 / each)[set])
      return (fine ?? []).map((v, i) => 2 * v - (coarse?.[i] ?? Number.NaN))
    }
    for (const [outputs, set] of [
      [train_mean, 'train'],
      [test_mean, 'test'],
    ] as const) {
      expectClose(numbers(outputs), [...flow(2, set, 100), ...flow(8, set, 100)], 1e-5)
    }
  })

  it('hands its settings on to the equation, for kernels that couple outputs', async () => {
    const across = reshape(normal(key(7), [6, 3, 30]), [18, 30])
    const coupled = transpose(reshape(matmul(across, transpose(across)), [6, 3, 6, 3]), [0, 2, 1, 3])
    // Labels leave out the last class, which the kernel has an output for.
    const y_train = tensor([0, 1, 1, 0, 1, 0], { dtype: 'int32' })
    const cwd = inFolder({ ntk_train_train: coupled, y_train })
    const rates = ['--learning-rate', '0.2', '--momentum', '0.5', '--diag-reg', '0.1']
    await predict(['--kernels', 'k.npz', ...rates, '--times', '50,3'], cwd)
    const settings = { learningRate: 0.2, momentum: 0.5, diagReg: 0.1 }
    const loss = (f: Tensor, y: Tensor): Tensor => crossEntropy(f, y)
    const { train } = gradientDescent(loss, coupled, oneHot(y_train, 3), settings)({ t: [50, 3] })
    const { train_mean, test_mean } = npz(cwd, 'predictions.npz')
    expect([train_mean?.shape, test_mean]).toEqual([[2, 6, 3], undefined])
    expectClose(numbers(train_mean), numbers(train), 1e-12)
  })

  it('ends on the probabilities that it is trained on, in all files', async () => {
    const y_train = tensor([
      [0.7, 0.2, 0.1],
      [0.1, 0.1, 0.8],
      [0.3, 0.3, 0.4],
      [0.5, 0.25, 0.25],
      [0.05, 0.9, 0.05],
      [0.4, 0.4, 0.2],
    ])
    const cwd = inFolder({ ...kernels, y_train })
    const args = ['--kernels', 'k.npz', '--times', '1,inf']
    await predict(args, cwd)
    const found = npz(cwd, 'predictions.npz')
    expectClose(numbers(found.train_probabilities).slice(18), numbers(y_train), 1e-8)

    expect((await predict([...args, '--out', 'p.csv'], cwd)).files).toEqual(['p.csv'])
    const lines = readFileSync(join(cwd, 'p.csv'), 'utf8').trim().split('\n')
    expect(lines[0]).toBe('time,set,sample,output,mean,deviation,probability')
    const [logit, probability] = [found.test_mean, found.test_probabilities].map((all) => numbers(all).at(-1))
    expect(lines.at(-1)).toBe(`inf,test,2,2,${logit},,${probability}`)

    const { files } = await predict([...args, '--out', 'p.npy'], cwd)
    expect(files).toEqual(['p.npy', 'p-probabilities.npy'])
    const bytes = new Uint8Array(readFileSync(join(cwd, 'p-probabilities.npy')))
    expect(bytes).toEqual(encodeNpy(found.test_probabilities ?? tensor([])))
  })

  it('takes one-hot labels for what the whole numbers are, and finite times where none are given', async () => {
    const cwd = inFolder({ ...kernels, y_train: labels })
    const whole = await predict(['--kernels', 'k.npz'], cwd)
    expect(whole.times.map(({ time }) => time)).toEqual([0, 10, 100, 1000])
    const before = npz(cwd, 'predictions.npz')
    writeFileSync(join(cwd, 'k.npz'), encodeNpz({ ...kernels, y_train: oneHot(labels, 3, 'float32') }))
    expect((await predict(['--kernels', 'k.npz'], cwd)).times).toEqual(whole.times)
    expect(numbers(npz(cwd, 'predictions.npz').test_mean)).toEqual(numbers(before.test_mean))
  })

  it('gives what the linearization of a network is trained to, on the same data', async () => {
    const cwd = temporaryFolder()
    const same = ['--train', '20', '--test', '12', '--classes', '0,1,7', '--hidden', '16', '--seed', '3']
    const rate = ['--learning-rate', '0.5']
    const training = ['--batch', 'full', '--steps', '20', '--evaluate-every', '10', '--linearized']
    const ran = await ntk(['train', '--loss', 'cross-entropy', ...same, ...rate, ...training, '--json'], {
      cwd,
    })
    const { run, results } = JSON.parse(ran.stdout) as {
      run: string
      results: { linearized: { sets: { test: { loss: number[]; score: number[] } } } }
    }
    const trained = decodeNpy(new Uint8Array(readFileSync(join(cwd, run, 'stages/linearized/outputs.npy'))))
    const { times } = await predict([...same, ...rate, '--dynamics', 'steps', '--times', '0,10,20'], cwd)
    const { test_mean } = npz(cwd, 'predictions.npz')
    expect(test_mean?.shape).toEqual([3, 12, 3])
    expectClose(numbers(test_mean), numbers(trained), 1e-10)
    const { loss, score } = results.linearized.sets.test
    expect(times.map(({ testLoss }) => testLoss)).toEqual(loss.map((v) => expect.closeTo(v, 10)))
    expect(times.map(({ testAccuracy }) => testAccuracy)).toEqual(score)
  })

  it.each<[string, string[], RegExp]>([
    [
      'an ensemble',
      ['--hidden', '8', '--of', 'ensemble'],
      /\(--of\)[^]*no known distribution[^]*--of network/,
    ],
    [
      'numbers by their task',
      ['--table', 't.csv', '--target', 'y', '--task', 'numbers'],
      /of classes, for a task of numbers/,
    ],
    [
      'numbers of a table',
      ['--table', 't.csv', '--target', 'y', '--hidden', '8'],
      /of classes, and the target of this table is a number/,
    ],
    [
      'the end of training on classes of data',
      ['--times', '1,inf'],
      /has no end[^]*times \(--times\) with inf[^]*finite times/,
    ],
    ['the end of training on labels', ['--kernels', 'k.npz', '--times', 'inf'], /has no end[^]*finite times/],
    [
      'the end in the range of a kernel that separates',
      ['--kernels', 'k.npz', '--times', 'inf', '--singular', 'range'],
      /error diverged/,
    ],
    [
      'a last step',
      ['--kernels', 'k.npz', '--dynamics', 'steps', '--times', 'inf'],
      /inf in times[^]*--dynamics flow/,
    ],
    [
      'targets that are numbers',
      ['--kernels', 'k.npz', '--y-train', 'numbers.npy'],
      /in every row of y_train[^]*sample 0[^]*--loss mean/,
    ],
    [
      'a column of numbers',
      ['--kernels', 'k.npz', '--y-train', 'column.npy'],
      /two classes at least[^]*--loss mean/,
    ],
    ['a label that is no class', ['--kernels', 'k.npz', '--y-train', 'below.npy'], /Labels must lie in/],
    [
      'test labels of other classes',
      ['--kernels', 'k.npz', '--y-test', 'column.npy'],
      /y_test must hold them/,
    ],
    ['labels of one class', ['--kernels', 'k.npz', '--y-train', 'one.npy'], /two classes at least/],
    ['the readout of a network of data', ['--get', 'nngp', '--times', '1'], /needs kernels from files/],
  ])('refuses %s with exit code 2, and writes nothing', async (_case, args, message) => {
    const cwd = inFolder({ ...kernels, y_train: labels })
    const table = Array.from({ length: 20 }, (_, i) => `${Math.sin(i)},${Math.cos(i)}`)
    writeFileSync(join(cwd, 't.csv'), `a,y\n${table.join('\n')}\n`)
    writeFileSync(join(cwd, 'numbers.npy'), encodeNpy(normal(key(2), [6, 3])))
    writeFileSync(join(cwd, 'column.npy'), encodeNpy(normal(key(2), [6])))
    writeFileSync(join(cwd, 'below.npy'), encodeNpy(tensor([0, 1, -1, 0, 1, 2], { dtype: 'int32' })))
    writeFileSync(join(cwd, 'one.npy'), encodeNpy(tensor([0, 0, 0, 0, 0, 0], { dtype: 'int32' })))
    const ran = await ntk(['predict', '--loss', 'cross-entropy', ...args], { cwd })
    expect(ran.stderr).toMatch(message)
    expect(ran.code).toBe(2)
    expect(existsSync(join(cwd, 'predictions.npz'))).toBe(false)
  })

  it('ends soon after a signal in the middle of a long flow, and writes nothing', async () => {
    const many = normal(key(8), [500, 40])
    const cwd = inFolder({
      ntk_train_train: matmul(many, transpose(many)),
      y_train: tensor(
        Array.from({ length: 500 }, (_, i) => i % 10),
        { dtype: 'int32' },
      ),
    })
    const control = new AbortController()
    // the timer has its turn only where the flow lets go of the process now and then
    setTimeout(() => control.abort(), 500)
    const args = ['predict', '--loss', 'cross-entropy', '--kernels', 'k.npz', '--times', '1e9']
    const ran = await ntk(args, { cwd, signal: control.signal })
    expect(ran.stderr).toMatch(/stopped/)
    expect(ran.code).toBe(130)
    expect(existsSync(join(cwd, 'predictions.npz'))).toBe(false)
  })
})

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gpInference } from '@ntk/dynamics'
import { decodeNpy, encodeNpy, key, matmul, normal, type Tensor, tensor, transpose, zeros } from '@ntk/tensor'
import { decodeNpz, encodeNpz } from '@ntk/tensor/npz'
import { describe, expect, it } from 'vitest'
import { ntk, temporaryFolder } from './support.js'

interface Summary {
  readonly files: readonly string[]
  readonly of: string
  readonly shape: readonly number[]
  readonly times: readonly {
    readonly time: number | 'inf'
    readonly trainLoss: number | null
    readonly testLoss: number | null
    readonly testAccuracy: number | null
    readonly deviation: number | null
  }[]
}

async function predict(args: readonly string[], cwd: string): Promise<Summary> {
  const ran = await ntk(['predict', ...args, '--json'], { cwd })
  expect([ran.code, ran.stderr, ran.stdout.slice(0, 9)]).toEqual([0, '', '{"files":'])
  return JSON.parse(ran.stdout)
}

const npz = (...path: string[]): Record<string, Tensor> =>
  decodeNpz(new Uint8Array(readFileSync(join(...path))))
const npy = (...path: string[]): Tensor => decodeNpy(new Uint8Array(readFileSync(join(...path))))
const numbers = (x: Tensor | undefined): number[] => [...(x?.dataSync() ?? [])]

function expectClose(a: readonly number[], b: readonly number[], tolerance: number): void {
  expect(a).toHaveLength(b.length)
  expect(Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? Number.NaN))))).toBeLessThan(tolerance)
}

// A linear model f(x) = x θ of 9 features, 6 samples and 3 test points, with two outputs.
const [x, xTest] = [normal(key(0), [6, 9]), normal(key(1), [3, 9])]
const y = normal(key(2), [6, 2])
const kernels = {
  ntk_train_train: matmul(x, transpose(x)),
  ntk_test_train: matmul(xTest, transpose(x)),
  nngp_train_train: matmul(x, transpose(x)),
  nngp_test_train: matmul(xTest, transpose(x)),
  nngp_test_test: matmul(xTest, transpose(xTest)),
  y_train: y,
}

/** Gradient descent of the weights of that model on ½ mean (f − y)², from `start`, with a decay to zero and heavy-ball momentum. */
function descended(
  steps: number,
  rate: number,
  decay = 0,
  { start = zeros([9, 2]), mass = 0 }: { start?: Tensor; mass?: number } = {},
): { train: number[]; test: number[] } {
  const rows = (t: Tensor): number[][] => t.toNested() as number[][]
  const [a, b, targets] = [rows(x), rows(xTest), rows(y)]
  const theta = rows(start)
  const speed = theta.map((weights) => weights.map(() => 0))
  const f = (inputs: number[][]): number[][] =>
    inputs.map((row) => [0, 1].map((c) => row.reduce((sum, v, i) => sum + v * (theta[i]?.[c] ?? 0), 0)))
  for (let step = 0; step < steps; step++) {
    const off = f(a).map((row, n) => row.map((v, c) => v - (targets[n]?.[c] ?? 0)))
    for (const [i, weights] of theta.entries())
      for (const c of [0, 1]) {
        const gradient = off.reduce((sum, row, n) => sum + (row[c] ?? 0) * (a[n]?.[i] ?? 0), 0) / 12
        const own = speed[i] ?? []
        own[c] = mass * (own[c] ?? 0) + gradient + decay * (weights[c] ?? 0)
        weights[c] = (weights[c] ?? 0) - rate * own[c]
      }
  }
  return { train: f(a).flat(), test: f(b).flat() }
}

/** Outputs on the test set of the network as it is drawn. */
async function predictedStart(args: readonly string[], cwd: string): Promise<number[]> {
  await predict([...args, '--start', 'random', '--times', '0', '--out', 'start.npz'], cwd)
  return numbers(npz(cwd, 'start.npz').test_mean)
}

describe('ntk predict', () => {
  it('gives what gradient descent of a linear model gives, from an npz with its kernels', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'k.npz'), encodeNpz({ ...kernels, y_test: normal(key(5), [3, 2]) }))
    const args = ['--kernels', 'k.npz', '--of', 'network', '--dynamics', 'steps', '--learning-rate', '0.3']
    const { shape, of, times } = await predict([...args, '--times', '0,7,40'], cwd)
    expect([shape, of]).toEqual([[3, 3, 2], 'network'])
    expect(times.map(({ time }) => time)).toEqual([0, 7, 40])
    const { train_mean, test_mean, ...rest } = npz(cwd, 'predictions.npz')
    expect(Object.keys(rest)).toEqual(['times'])
    const want = [0, 7, 40].map((steps) => descended(steps, 0.3))
    expectClose(
      numbers(train_mean),
      want.flatMap(({ train }) => train),
      1e-12,
    )
    expectClose(
      numbers(test_mean),
      want.flatMap(({ test }) => test),
      1e-12,
    )
    const loss = want[1]?.train.reduce((sum, v, i) => sum + (v - (numbers(y)[i] ?? 0)) ** 2, 0) ?? 0
    expect(times[1]?.trainLoss).toBeCloseTo(loss / 24, 12)
  })

  it('lets weights decay to where they started, as gradient descent of a linear model does', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'k.npz'), encodeNpz(kernels))
    const args = ['--kernels', 'k.npz', '--of', 'network', '--dynamics', 'steps', '--learning-rate', '0.3']
    await predict([...args, '--weight-decay', '0.2', '--times', '7,40'], cwd)
    const { train_mean, test_mean } = npz(cwd, 'predictions.npz')
    const want = [7, 40].map((steps) => descended(steps, 0.3, 0.2))
    const both = (set: 'train' | 'test'): number[] => want.flatMap((found) => found[set])
    expectClose(numbers(train_mean), both('train'), 1e-12)
    expectClose(numbers(test_mean), both('test'), 1e-12)
  })

  it.each(['0', '0.6'])('lets weights decay to zero from where they are, with momentum %s', async (mass) => {
    const cwd = temporaryFolder()
    const start = normal(key(6), [9, 2])
    const [f_train, f_test] = [matmul(x, start), matmul(xTest, start)]
    // The model is linear: its derivative along its own weights is itself.
    const tangents = { tangent_train: f_train, tangent_test: f_test }
    writeFileSync(join(cwd, 'k.npz'), encodeNpz({ ...kernels, f_train, f_test, ...tangents }))
    const args = ['--kernels', 'k.npz', '--of', 'network', '--dynamics', 'steps', '--learning-rate', '0.3']
    const decay = ['--weight-decay', '0.2', '--decay-to', 'zero', '--momentum', mass]
    await predict([...args, ...decay, '--times', '7,40'], cwd)
    const { train_mean, test_mean } = npz(cwd, 'predictions.npz')
    const want = [7, 40].map((steps) => descended(steps, 0.3, 0.2, { start, mass: Number(mass) }))
    const both = (set: 'train' | 'test'): number[] => want.flatMap((found) => found[set])
    expectClose(numbers(train_mean), both('train'), 1e-12)
    expectClose(numbers(test_mean), both('test'), 1e-12)
  })

  it.each(['random', 'centred'])('lets all weights of a %s network of data decay to zero', async (start) => {
    const cwd = temporaryFolder()
    const same = ['--train', '12', '--test', '6', '--classes', '0,1', '--hidden', '8', '--activation', 'Relu']
    const bare = ['--of', 'network', '--b-std', '0']
    const decay = ['--weight-decay', '1e9', '--decay-to', 'zero', '--start', start, '--times', '0,inf']
    await predict([...same, ...bare, ...decay], cwd)
    const { test_mean } = npz(cwd, 'predictions.npz')
    const half = numbers(test_mean).length / 2
    const [begin, end] = [numbers(test_mean).slice(0, half), numbers(test_mean).slice(half)]
    expect(Math.max(...begin.map(Math.abs)) > 0.01).toBe(start === 'random')
    // Without biases and with ReLU f is homogeneous of degree 2 in its two layers of weights, so that J θ₀ = 2 f₀: the linearization at 0 is −f₀.
    const drawn = start === 'random' ? begin : await predictedStart([...same, ...bare], cwd)
    expectClose(
      end,
      drawn.map((v) => (start === 'random' ? -v : -2 * v)),
      1e-6,
    )
  })

  it('writes the band of a level, mean ± z σ, in all files', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'k.npz'), encodeNpz(kernels))
    const args = ['--kernels', 'k.npz', '--level', '0.9', '--times', '0,10,inf']
    await predict(args, cwd)
    const found = npz(cwd, 'predictions.npz')
    for (const [set, samples] of [
      ['train', 6],
      ['test', 3],
    ] as const) {
      const deviation = numbers(found[`${set}_deviation`])
      for (const [edge, sign] of [
        ['lower', -1],
        ['upper', 1],
      ] as const) {
        // The 95 % point of a Gaussian.
        const want = numbers(found[`${set}_mean`]).map(
          (v, i) => v + sign * 1.6448536269514722 * (deviation[Math.floor(i / 2)] ?? Number.NaN),
        )
        expect(found[`${set}_${edge}`]?.shape).toEqual([3, samples, 2])
        expectClose(numbers(found[`${set}_${edge}`]), want, 1e-12)
      }
    }
    await predict([...args, '--out', 'p.csv'], cwd)
    const rows = readFileSync(join(cwd, 'p.csv'), 'utf8').trim().split('\n')
    expect(rows[0]).toBe('time,set,sample,output,mean,deviation,lower,upper')
    const last = (name: string): number | undefined => numbers(found[name]).at(-1)
    expect(rows.at(-1)?.split(',').slice(6).map(Number)).toEqual([last('test_lower'), last('test_upper')])
    const { files } = await predict([...args, '--out', 'p.npy'], cwd)
    expect(files).toEqual(['p.npy', 'p-deviation.npy', 'p-lower.npy', 'p-upper.npy'])
    expect(numbers(npy(cwd, 'p-upper.npy'))).toEqual(numbers(found.test_upper))
  })

  it('starts where the outputs of a network are', async () => {
    const cwd = temporaryFolder()
    const start = { f_train: normal(key(3), [6, 2]), f_test: normal(key(4), [3, 2]) }
    const { ntk_train_train, ntk_test_train, y_train } = kernels
    for (const [name, array] of Object.entries({ ntk_train_train, ntk_test_train, y_train, ...start }))
      writeFileSync(join(cwd, `${name}.npy`), encodeNpy(array))
    const flags = Object.keys({ ntk_train_train, ntk_test_train, y_train, ...start }).flatMap((name) => [
      `--${name.replaceAll('_', '-')}`,
      `${name}.npy`,
    ])
    await predict([...flags, '--times', '0,inf', '--out', 'p.npz'], cwd)
    const found = npz(cwd, 'p.npz')
    expectClose(numbers(found.test_mean).slice(0, 6), numbers(start.f_test), 1e-12)
    expectClose(numbers(found.train_mean).slice(0, 12), numbers(start.f_train), 1e-12)
    expectClose(numbers(found.train_mean).slice(12), numbers(y), 1e-9)
  })

  it('ends on the posterior of a Gaussian process, with its deviations, in all files', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'k.npz'), encodeNpz(kernels))
    const args = ['--kernels', 'k.npz', '--get', 'nngp', '--diag-reg', '0.01', '--times', '10,inf']
    const { times } = await predict(args, cwd)
    const found = npz(cwd, 'predictions.npz')
    const posterior = gpInference(kernels.nngp_train_train, y, { diagReg: 0.01 })
    const { mean, covariance } = posterior({
      kTestTrain: kernels.nngp_test_train,
      kTestTest: kernels.nngp_test_test,
    })
    const deviation = [0, 4, 8].map((i) => Math.sqrt(numbers(covariance ?? undefined)[i] ?? 0))
    expectClose(numbers(found.test_mean).slice(6), numbers(mean), 1e-10)
    expectClose(numbers(found.test_deviation).slice(3), deviation, 1e-8)
    expect(times[1]?.deviation).toBeCloseTo(deviation.reduce((a, b) => a + b, 0) / 3, 8)

    const csv = await predict([...args, '--out', 'p.csv'], cwd)
    expect(csv.files).toEqual(['p.csv'])
    const rows = readFileSync(join(cwd, 'p.csv'), 'utf8').trim().split('\n')
    expect(rows[0]).toBe('time,set,sample,output,mean,deviation')
    expect(rows).toHaveLength(1 + 2 * (6 + 3) * 2)
    const last = rows.at(-1)?.split(',') ?? []
    expect(last.slice(0, 4)).toEqual(['inf', 'test', '2', '1'])
    expect(Number(last[4])).toBe(numbers(found.test_mean).at(-1))
    expect(Number(last[5])).toBe(numbers(found.test_deviation).at(-1))

    await predict([...args, '--out', 'p.npy'], cwd)
    expect(numbers(npy(cwd, 'p.npy'))).toEqual(numbers(found.test_mean))
    expect(numbers(npy(cwd, 'p-deviation.npy'))).toEqual(numbers(found.test_deviation))
  })

  it('gives the outputs that the linearization of a network is trained to, on the same data', async () => {
    const cwd = temporaryFolder()
    const same = ['--train', '30', '--test', '12', '--classes', '0,1,7', '--hidden', '32', '--seed', '3']
    const rate = ['--learning-rate', '1.5']
    const training = ['--batch', 'full', '--steps', '20', '--evaluate-every', '10', '--linearized']
    const ran = await ntk(['train', ...same, ...rate, ...training, '--json'], { cwd })
    const { run } = JSON.parse(ran.stdout) as { run: string }
    const trained = npy(cwd, run, 'stages/linearized/outputs.npy')
    const of = ['--of', 'network', '--dynamics', 'steps', '--times', '0,10,20']
    const { times } = await predict([...same, ...rate, ...of], cwd)
    expect(trained.shape).toEqual([3, 12, 3])
    expectClose(numbers(npz(cwd, 'predictions.npz').test_mean), numbers(trained), 1e-10)
    const { results } = JSON.parse(ran.stdout) as {
      results: { linearized: { sets: { test: { loss: number[]; score: number[] } } } }
    }
    const { loss, score } = results.linearized.sets.test
    expect(times.map(({ testLoss }) => testLoss)).toEqual(loss.map((v) => expect.closeTo(v, 10)))
    expect(times.map(({ testAccuracy }) => testAccuracy)).toEqual(score)
  })

  it('predicts numbers of a table in its units, at infinite width', async () => {
    const cwd = temporaryFolder()
    const rows = Array.from(
      { length: 50 },
      (_, i) => `${Math.sin(i)},${Math.cos(i)},${100 + 30 * Math.sin(i)}`,
    )
    writeFileSync(join(cwd, 'line.csv'), `a,b,y\n${rows.join('\n')}\n`)
    const table = ['--table', 'line.csv', '--target', 'y', '--hidden', '16', '--times', '0,inf']
    const { of, times } = await predict([...table, '--out', 'p.npz'], cwd)
    expect(of).toBe('ensemble')
    expect(times[1]?.testLoss).toBeLessThan(1e-3)
    const { test_mean, test_deviation } = npz(cwd, 'p.npz')
    const [start, end] = [numbers(test_mean).slice(0, 10), numbers(test_mean).slice(10)]
    // Before training all is the mean of the training rows.
    expect(new Set(start).size).toBe(1)
    expect(start[0]).toBeGreaterThan(85)
    expect(Math.max(...end)).toBeGreaterThan(115)
    expect(
      numbers(test_deviation)
        .slice(0, 10)
        .every((v) => v > 5),
    ).toBe(true)
  })

  it.each<[string, string[], RegExp]>([
    ['kernels without targets', ['--ntk-train-train', 'k.npy'], /needs y_train[^]*--y-train/],
    ['a kernel of tests alone', ['--ntk-test-train', 'k.npy', '--y-train', 'y.npy'], /needs ntk_train_train/],
    [
      'an npz with a name that nobody knows',
      ['--kernels', 'wrong.npz'],
      /"ntk_train"[^]*Known are ntk_train_train/,
    ],
    ['an ensemble without an NNGP', ['--kernels', 'k.npz', '--of', 'ensemble'], /An ensemble needs the NNGP/],
    ['data beside kernels', ['--kernels', 'k.npz', '--hidden', '8'], /give one or the other/],
    ['an unknown ending', ['--out', 'p.txt'], /must end in \.npz, \.csv or \.npy/],
    ['a time below zero', ['--times', '1,-1'], /times\[1\] \(--times\) must be at least 0/],
    ['half a step', ['--dynamics', 'steps', '--times', '0.5'], /no whole numbers of steps/],
    ['weight decay of an ensemble', ['--kernels', 'k.npz', '--weight-decay', '0.1'], /take --of network/],
    [
      'weight decay in a flow of cross-entropy',
      ['--loss', 'cross-entropy', '--weight-decay', '1'],
      /take --dynamics steps/,
    ],
    ['decay below zero', ['--of', 'network', '--weight-decay', '-1'], /weightDecay[^]*at least 0/],
    ['decay to zero without decay', ['--of', 'network', '--decay-to', 'zero'], /give --weight-decay/],
    [
      'decay to zero in a flow with momentum',
      ['--of', 'network', '--weight-decay', '1', '--decay-to', 'zero', '--momentum', '0.5'],
      /no closed form/,
    ],
    [
      'decay to zero without tangents',
      ['--kernels', 'k.npz', '--of', 'network', '--weight-decay', '1', '--decay-to', 'zero'],
      /needs tangent_train[^]*--tangent-train/,
    ],
    ['tangents without decay to zero', ['--kernels', 'k.npz', '--tangent-train', 'y.npy'], /--decay-to zero/],
    ['tangents in an npz without decay to zero', ['--kernels', 'tangents.npz'], /take no tangent_train/],
    ['a level of 1', ['--level', '1'], /level[^]*less than 1/],
    ['a level of 0', ['--level', '0'], /level[^]*(above|more than) 0/],
    ['a level of one network', ['--of', 'network', '--level', '0.5'], /has a level/],
    ['a level without an NNGP', ['--kernels', 'k.npz', '--level', '0.5'], /needs nngp_train_train/],
    ['a level without variances of tests', ['--kernels', 'g.npz', '--level', '0.5'], /needs nngp_test_test/],
    ['outputs on one set', ['--kernels', 'k.npz', '--f-train', 'y.npy'], /f_train and f_test/],
    ['a singular kernel at the end', ['--kernels', 'flat.npz', '--times', 'inf'], /error singular/],
    ['a layer without a kernel', ['--network', 'pool.json'], /MaxPool/],
  ])('refuses %s with exit code 2, and writes nothing', async (_case, args, message) => {
    const cwd = temporaryFolder()
    const { ntk_train_train, ntk_test_train, y_train } = kernels
    const one = tensor([
      [1, 1],
      [1, 1],
    ])
    const files = {
      'k.npy': encodeNpy(ntk_train_train),
      'y.npy': encodeNpy(y_train),
      'wrong.npz': encodeNpz({ ntk_train: ntk_train_train }),
      'tangents.npz': encodeNpz({ ntk_train_train, y_train, tangent_train: y_train }),
      'g.npz': encodeNpz({
        ntk_train_train,
        ntk_test_train,
        nngp_train_train: ntk_train_train,
        nngp_test_train: ntk_test_train,
        y_train,
      }),
      'k.npz': encodeNpz({ ntk_train_train, ntk_test_train, y_train }),
      'flat.npz': encodeNpz({ ntk_train_train: one, y_train: tensor([0, 1]) }),
      'pool.json': '["serial", ["MaxPool", {"windowShape": [2, 2]}], ["Flatten"], ["Dense", {"out": 1}]]',
    }
    for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content)
    const ran = await ntk(['predict', ...args], { cwd })
    expect(ran.stderr).toMatch(message)
    expect(ran.code).toBe(2)
    expect(existsSync(join(cwd, 'predictions.npz'))).toBe(false)
  })
})

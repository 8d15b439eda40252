/** What the recursion of outputs refuses, and how it is stopped and gone on with. */
import { adam, batchRows, chain, clipByGlobalNorm, crossEntropy, gradientDescent, momentum } from '@ntk/optim'
import { add, cast, eye, key, matmul, NtkError, normal, type Tensor, tensor, transpose } from '@ntk/tensor'
import { describe, expect, it, test } from 'vitest'
import { gradientDescentMse, gradientDescentSteps } from '../../src/index.js'
import { thrown, worst } from '../helpers.js'

const [n, k] = [6, 2]
const x = normal(key(1), [n, 4])
const y = normal(key(2), [n, k])
const theta = matmul(x, transpose(x))
const optimizer = gradientDescent(0.1)

/** The NtkError that a prediction ends in. */
async function refused(predict: () => Promise<unknown>): Promise<NtkError> {
  try {
    await predict()
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  throw new Error('an NtkError was expected')
}

describe('what the recursion refuses', () => {
  it('optimizers that are not linear in gradients, by name', () => {
    for (const wrong of [adam(0.1), chain(clipByGlobalNorm(1), optimizer)]) {
      const error = thrown(() => gradientDescentSteps(theta, y, { optimizer: wrong }))
      expect(error.code).toBe('unsupported')
      expect(error.got).toBe(wrong.name)
    }
  })

  it('steps that diverge, naming the step', async () => {
    const predict = gradientDescentSteps(theta, y, { optimizer: gradientDescent(1e30) })
    const error = await refused(() => predict({ t: 100 }))
    expect(error.code).toBe('diverged')
    expect(error.message).toMatch(/by step \d+/)
  })

  it('times without end, and times before the start', async () => {
    const predict = gradientDescentSteps(theta, y, { optimizer })
    expect((await refused(() => predict({ t: Infinity }))).message).toMatch(/must be finite/)
    expect((await refused(() => predict({ t: 1.5 }))).code).toBe('value')
    const { state } = await predict({ t: 5 })
    expect((await refused(() => predict({ t: [4, 6], start: state }))).message).toMatch(
      /step 5 has no earlier/,
    )
  })

  it('batches that are none, or too few', async () => {
    for (const batches of [[[0, n]], [[]], [[0.5]], () => [-1]]) {
      const predict = gradientDescentSteps(theta, y, { optimizer, batches })
      expect((await refused(() => predict({ t: 1 }))).message).toMatch(/rows in \[0, 6\)/)
    }
    const few = gradientDescentSteps(theta, y, { optimizer, batches: [[0], [1, 2]] })
    expect((await few({ t: 2 })).train.shape).toEqual([n, k])
    expect((await refused(() => few({ t: 3 }))).message).toMatch(/2 batches/)
  })

  it('labels without outputs to start from, and shapes that do not fit', async () => {
    const labels = tensor([0, 1, 0, 1, 0, 1], { dtype: 'int32' })
    const loss = (f: Tensor, t: Tensor): Tensor => crossEntropy(f, t)
    const predict = gradientDescentSteps(theta, labels, { optimizer, loss })
    expect((await refused(() => predict({ t: 1 }))).message).toMatch(/Give fTrain0/)
    const squared = gradientDescentSteps(theta, labels, { optimizer })
    expect((await refused(() => squared({ t: 1, fTrain0: y }))).message).toMatch(/convert with cast/)
    expect(thrown(() => gradientDescentSteps(theta, normal(key(0), [n - 1, k]), { optimizer })).code).toBe(
      'shape',
    )
    const wide = gradientDescentSteps(theta, y, { optimizer })
    expect((await refused(() => wide({ t: 1, fTest0: 1 }))).message).toMatch(/kTestTrain/)
    expect((await refused(() => wide({ t: 1, kTestTrain: eye(n + 1) }))).code).toBe('shape')
    expect((await refused(() => wide({ t: 1, fTrain0: normal(key(0), [n, 3]) }))).code).toBe('shape')
  })
})

test('goes on from the state of a prediction as if it had never stopped', async () => {
  const options = {
    optimizer: momentum((s) => 0.3 / (1 + s), 0.9, { nesterov: true }),
    batches: batchRows(n, { batchSize: 4, key: key(3) }),
  }
  const predict = gradientDescentSteps(theta, y, options)
  const [whole, half] = [await predict({ t: [0, 13] }), await predict({ t: [7, 3] })]
  expect(half.state.step).toBe(7)
  const rest = await predict({ t: 13, start: half.state })
  expect(Array.from(rest.train.dataSync())).toEqual(Array.from(whole.train.dataSync()).slice(n * k))
})

test('takes times in any order, twice, and as one', async () => {
  const predict = gradientDescentSteps(theta, y, { optimizer })
  const { train } = await predict({ t: [4, 0, 4] })
  const one = (await predict({ t: 4 })).train
  const numbers = Array.from(train.dataSync())
  expect(numbers.slice(0, n * k)).toEqual(Array.from(one.dataSync()))
  expect(numbers.slice(n * k, 2 * n * k)).toEqual(new Array(n * k).fill(0))
  expect(numbers.slice(2 * n * k)).toEqual(Array.from(one.dataSync()))
})

test('a row that stands twice in a batch counts twice', async () => {
  const predict = gradientDescentSteps(theta, y, { optimizer, loss: 'sum', batches: [[1, 1, 3]] })
  const single = gradientDescentSteps(theta, y, { optimizer, loss: 'sum', batches: [[1]] })
  const other = gradientDescentSteps(theta, y, { optimizer, loss: 'sum', batches: [[3]] })
  const sum = add(
    add((await single({ t: 1 })).train, (await single({ t: 1 })).train),
    (await other({ t: 1 })).train,
  )
  expect(worst((await predict({ t: 1 })).train, sum)).toBeLessThan(1e-15)
})

test('gives the dtype of y, computed in float64', async () => {
  const predict = gradientDescentSteps(cast(theta, 'float32'), cast(y, 'float32'), { optimizer })
  const { train, representer, state } = await predict({ t: 50 })
  expect([train.dtype, representer.dtype, state.representer.dtype]).toEqual(['float32', 'float32', 'float64'])
  const closed = gradientDescentMse(theta, y, { learningRate: 0.1, dynamics: 'steps' })({ t: 50 })
  expect(worst(cast(train, 'float64'), closed.train)).toBeLessThan(1e-6)
})

test('tells how far it is, and is stopped between steps', async () => {
  const seen: number[] = []
  const controller = new AbortController()
  const error = await refused(() =>
    gradientDescentSteps(theta, y, { optimizer })({
      t: 1000,
      signal: controller.signal,
      onProgress: ({ done, total }) => {
        expect(total).toBe(1000)
        seen.push(done)
        if (done === 3) controller.abort()
      },
    }),
  )
  expect(error.code).toBe('aborted')
  expect(error.got).toBe('3 of 1000 steps')
  expect(seen).toEqual([1, 2, 3])
})

import { crossEntropy } from '@ntk/optim'
import { key, matmul, NtkError, normal, oneHot, type Tensor, tensor, transpose, zeros } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { gradientDescent, gradientDescentAsync } from '../../src/index.js'

const [x, xTest] = [normal(key(0), [8, 12]), normal(key(1), [3, 12])]
const ntk = matmul(x, transpose(x))
const kTestTrain = matmul(xTest, transpose(x))
const classes = tensor([0, 1, 2, 0, 1, 2, 1, 1], { dtype: 'int32' })
const y = oneHot(classes, 3)
const soft = matmul(
  y,
  tensor([
    [0.8, 0.1, 0.1],
    [0.1, 0.8, 0.1],
    [0.1, 0.1, 0.8],
  ]),
)
const numbers = (t: Tensor | null): number[] => [...(t?.dataSync() ?? [])]

async function abortOf(work: Promise<unknown>): Promise<NtkError> {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  )
  if (NtkError.isInstance(error)) return error
  throw new Error(`no NtkError: ${String(error)}`)
}

describe('gradientDescentAsync', () => {
  test.each([
    ['a flow', y, { t: [1, 100] }, {}],
    ['momentum', y, { t: [1, 40] }, { momentum: 0.9 }],
    ['an implicit method', y, { t: 1000 }, { method: 'rodas' }],
    ['the end of training', soft, {}, {}],
    ['integer labels', classes, { t: 10, fTrain0: zeros([8, 3]) }, {}],
  ] as const)('gives the numbers of gradientDescent to the bit: %s', async (_, labels, input, options) => {
    const want = gradientDescent(crossEntropy, ntk, labels, options)({ ...input, kTestTrain })
    const predict = await gradientDescentAsync(crossEntropy, ntk, labels, options)
    let steps = 0
    const got = await predict({
      ...input,
      kTestTrain,
      signal: new AbortController().signal,
      onProgress: ({ done, total }) => {
        expect([done, total]).toEqual([++steps, null])
      },
    })
    expect(steps).toBeGreaterThan(5)
    expect(got.test.shape).toEqual(want.test.shape)
    for (const part of ['train', 'test', 'representer'] as const)
      expect(numbers(got[part])).toEqual(numbers(want[part]))
    expect(numbers(got.state.fTrain)).toEqual(numbers(want.state.fTrain))
    expect(numbers(got.state.qTest ?? null)).toEqual(numbers(want.state.qTest ?? null))
  })

  test('ends before the next step once its signal has fired', async () => {
    const predict = await gradientDescentAsync(crossEntropy, ntk, y, { method: 'dormandPrince' })
    const stop = new AbortController()
    let last = 0
    const reason = new Error('enough')
    const error = await abortOf(
      predict({
        t: 1e6,
        signal: stop.signal,
        onProgress: ({ done }) => {
          last = done
          if (done === 7) stop.abort(reason)
        },
      }),
    )
    expect([error.code, error.cause, last]).toEqual(['aborted', reason, 7])
    expect(error.message).toMatch(/gradientDescentAsync was stopped[^]*7 steps/)
    // The predictor is as good as before.
    const { train } = await predict({ t: 1 })
    expect(numbers(train)).toEqual(
      numbers(gradientDescent(crossEntropy, ntk, y, { method: 'dormandPrince' })({ t: 1 }).train),
    )
  })

  test('gives the event loop its turns, so that a timer can stop it', async () => {
    const predict = await gradientDescentAsync(crossEntropy, ntk, y, {
      method: 'dormandPrince',
      maxSteps: 20_000,
    })
    const error = await abortOf(predict({ t: 1e12, signal: AbortSignal.timeout(50) }))
    expect(error.code).toBe('aborted')
  })

  test('does not begin where its signal has fired, and refuses what is none', async () => {
    const predict = await gradientDescentAsync(crossEntropy, ntk, y)
    for (const t of [0, 5])
      expect((await abortOf(predict({ t, signal: AbortSignal.abort() }))).code).toBe('aborted')
    expect((await abortOf(predict({ t: 1, signal: {} as AbortSignal }))).message).toMatch(/AbortSignal/)
    expect((await abortOf(predict({ t: -1 }))).code).toBe('value')
    expect((await abortOf(gradientDescentAsync(crossEntropy, ntk, kTestTrain))).code).toBe('shape')
  })
})

import { kernelFn, spaceKernelComposite, spaceVarianceComposite } from '@ntk/kernels-analytic'
import {
  bindComposite,
  key,
  normal,
  type SpaceStep,
  setThreads,
  spaceParts,
  Tensor,
  type Value,
} from '@ntk/tensor'
import { afterEach, expect, test } from 'vitest'
import { Conv, Flatten, GlobalAvgPool, Relu, serial } from '../src/index.js'

afterEach(() => setThreads('auto'))

const size = 48
const shifted = (by: number): number[] =>
  Array.from({ length: size }, (_, at) => (at + by >= 0 && at + by < size ? at + by : -1))
const taps = [-1, 0, 1].map(shifted)
const layer: SpaceStep[] = [
  { kind: 'window', axes: [taps, taps], wVar: 2, bVar: 0.1 },
  { kind: 'abRelu', a: 0, b: 1 },
]
const steps = [...layer, ...layer, ...layer, ...layer, ...layer, ...layer]
const images = (): Tensor => normal(key(3), [2, size, size, 1])

test('few positions are one part, and equal positions alone', () => {
  expect(spaceParts({ steps, end: 'meanOfAll' }, [16, 16])).toBe(1)
  expect(spaceParts({ steps, end: 'meanOfEqual' }, [64, 64])).toBe(1)
  expect(spaceParts({ steps, end: 'meanOfAll' }, [size, size])).toBeGreaterThan(1)
  expect(spaceParts({ steps, end: 'meanOfAll' }, [64, 64])).toBeGreaterThan(4)
})

test.each([
  ['homogeneous', 0],
  ['with a bias', 0.1],
])('%s: parts add up to the whole to the bit, on any number of threads', (_, bVar) => {
  const own = steps.map((step) => (step.kind === 'window' ? { ...step, bVar } : step))
  const params = { steps: own, end: 'meanOfAll', ntk: true, symmetric: true } as const
  const of = spaceParts(params, [size, size])
  const x = images()
  const numbers = (part?: number, count = of): Float64Array[] =>
    bindComposite<'spaceKernel', Tensor>(spaceKernelComposite, [x, x], {
      ...params,
      part: part === undefined ? undefined : { index: part, of: count },
    }).map((t) => Float64Array.from(t.dataSync()))
  setThreads(1)
  const parts = Array.from({ length: of }, (__, k) => numbers(k))
  setThreads(2)
  const whole = numbers()
  const [inOne] = numbers(0, 1)
  inOne?.forEach((v, i) => expect(Math.abs(v / (whole[0]?.[i] as number) - 1)).toBeLessThan(1e-13))
  whole.forEach((want, k) => {
    const sum = parts
      .map((one) => one[k] as Float64Array)
      .reduce((a, b) => a.map((v, i) => v + (b[i] as number)))
    expect(sum).toEqual(want)
    parts.forEach((one) => expect(one[k]?.[0]).toBeGreaterThan(0))
  })
  const [variance] = bindComposite<'spaceVariance', Tensor>(spaceVarianceComposite, [x], {
    steps: own,
    end: 'meanOfAll',
  })
  expect(variance.dataSync()[1]).toBe(whole[0]?.[3])
})

function held(x: Value): Tensor {
  if (Tensor.isInstance(x)) return x
  throw new Error('a tensor is wanted')
}

test('step by step the first part is all and the others are zeros, of the same shapes', () => {
  const two = normal(key(4), [2, 4, 3, 2])
  const three = normal(key(5), [3, 4, 3, 2])
  const narrow = [-1, 0, 1].map((by) => [0, 1, 2].map((at) => (at + by >= 0 && at + by < 3 ? at + by : -1)))
  const flat: SpaceStep[] = [{ kind: 'window', axes: [[[0, 1, 2, 3]], narrow], wVar: 2, bVar: 0.1 }]
  const params = { steps: flat, end: 'meanOfAll', ntk: true, symmetric: false } as const
  const kernels = (index?: number): Tensor[] =>
    spaceKernelComposite
      .decompose([two, three], {
        ...params,
        part: index === undefined ? undefined : { index, of: 2 },
      })
      .map(held)
  const whole = kernels()
  expect(whole.map(({ shape }) => shape)).toEqual([
    [2, 3],
    [2, 3],
  ])
  expect(kernels(0).map((k) => k.dataSync())).toEqual(whole.map((k) => k.dataSync()))
  for (const k of kernels(1)) {
    expect(k.shape).toEqual([2, 3])
    expect(Array.from(k.dataSync(), Math.abs)).toEqual(Array(6).fill(0))
  }
  const [own] = spaceVarianceComposite
    .decompose([three], {
      ...params,
      part: { index: 1, of: 2 },
    })
    .map(held)
  expect([own?.shape, Array.from(own?.dataSync() ?? [], Math.abs)]).toEqual([[3], [0, 0, 0]])
})

const body = Array.from({ length: 6 }, () =>
  serial(Conv(1, [3, 3], { wStd: Math.SQRT2, bStd: Math.sqrt(0.1), padding: 'SAME' }), Relu()),
)

test('a signal ends one pair of large images within a second', async () => {
  const x = normal(key(4), [2, 64, 64, 1])
  const control = new AbortController()
  const run = kernelFn(serial(...body, GlobalAvgPool()))(x, null, { signal: control.signal })
  let aborted = 0
  setTimeout(() => {
    aborted = performance.now()
    control.abort()
  }, 100)
  await expect(run).rejects.toMatchObject({ code: 'aborted' })
  expect(aborted).toBeGreaterThan(0)
  expect(performance.now() - aborted).toBeLessThan(1000)
})

test('kernelFn gives what the whole is', async () => {
  const { nngp, ntk } = await kernelFn(serial(...body, GlobalAvgPool()))(images())
  const params = { steps, end: 'meanOfAll', ntk: true, symmetric: true } as const
  const [k, theta] = bindComposite<'spaceKernel', Tensor>(spaceKernelComposite, [images(), images()], params)
  const close = (a: Tensor, b: Tensor | undefined): void =>
    a.dataSync().forEach((v, i) => expect(Math.abs(v / (b?.dataSync()[i] as number) - 1)).toBeLessThan(1e-14))
  close(nngp, k)
  close(ntk, theta)
  // Of one pair, two turns of the event loop at least.
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await kernelFn(serial(...body, GlobalAvgPool()))(images())
  clearInterval(timer)
  expect(turns).toBeGreaterThan(1)
  await expect(kernelFn(serial(...body, Flatten()))(images())).resolves.toBeDefined()
})

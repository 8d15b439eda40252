import { grad } from '@ntk/autodiff'
import { accuracy, crossEntropy, mse, topKAccuracy } from '@ntk/optim'
import { createCpuBackend, key, normal, oneHot, randomInt, type Tensor, tensor, toBackend } from '@ntk/tensor'
import { expect, test } from 'vitest'

const f = tensor([
  [0.5, -1, 2],
  [1, 1.5, -0.3],
])
const y = tensor([
  [0, 0, 1],
  [1, 0, 0],
])

test('mse is half the mean of squares, and half their sum for the total loss', () => {
  const squares = [0.25, 1, 1, 0, 2.25, 0.09]
  const total = squares.reduce((a, b) => a + b, 0)
  expect(mse(f, y).item()).toBeCloseTo(total / 12, 14)
  expect(mse(f, y, { loss: 'sum' }).item()).toBeCloseTo(total / 2, 14)
})

test('cross-entropy averages −log of the probability given to each label', () => {
  const rows = [
    [0.5, -1, 2],
    [1, 1.5, -0.3],
  ]
  const labels = [2, 0]
  const terms = rows.map(
    (row, i) => Math.log(row.reduce((a, v) => a + Math.exp(v), 0)) - (row[labels[i] as number] as number),
  )
  const total = (terms[0] as number) + (terms[1] as number)
  expect(crossEntropy(f, y).item()).toBeCloseTo(total / 2, 14)
  expect(crossEntropy(f, y, { loss: 'sum' }).item()).toBeCloseTo(total, 14)
})

test('the gradient of the total cross-entropy in the outputs is softmax minus labels', () => {
  const g = grad((x: Tensor) => crossEntropy(x, y, { loss: 'sum' }))(f)
  const e = [0.5, -1, 2].map(Math.exp)
  const z = e.reduce((a, b) => a + b, 0)
  Array.from(g.dataSync().slice(0, 3)).forEach((v, i) => {
    expect(v).toBeCloseTo((e[i] as number) / z - (i === 2 ? 1 : 0), 14)
  })
})

test('accuracy compares the largest output with the largest target, and signs where there is one output', () => {
  expect(accuracy(f, y).item()).toBe(0.5)
  expect(accuracy(tensor([[0.2], [-3], [1], [-1]]), tensor([[1], [-1], [-1], [-1]])).item()).toBe(0.75)
})

test('accuracy of one output a sample is the same as [n] and as [n, 1]', () => {
  const [outputs, targets] = [tensor([0.2, -3, 1, -1]), tensor([1, -1, -1, -1])]
  expect(accuracy(outputs, targets).item()).toBe(0.75)
})

test('a sample with NaN is not right, in whichever place the NaN stands', () => {
  const { NaN: none } = Number
  const of = (outputs: number[][], targets: number[][]): number =>
    accuracy(tensor(outputs), tensor(targets)).item()
  expect(
    of(
      [
        [none, none],
        [1, none],
        [0, 1],
        [0, 1],
      ],
      [
        [1, 0],
        [0, 1],
        [0, none],
        [0, 1],
      ],
    ),
  ).toBe(0.25)
  expect(of([[none], [-1], [-1]], [[-1], [none], [-1]])).toBeCloseTo(1 / 3, 15)
  expect(accuracy(tensor([none, 2]), tensor([-1, 1])).item()).toBe(0.5)
})

test('outputs and targets of different shapes are a shape error', () => {
  expect(() => mse(f, tensor([1, 2]))).toThrow(/mse needs outputs and targets of one shape/)
})

test('without the half, mse is twice what it is with', () => {
  expect(mse(f, y, { half: false }).item()).toBeCloseTo(2 * mse(f, y).item(), 15)
  expect(mse(f, y, { loss: 'sum', half: false }).item()).toBeCloseTo(4.59, 14)
})

const labels = tensor([2, 0], { dtype: 'int32' })

test('integer labels are one-hot targets: loss, its gradient and accuracy are the same', () => {
  expect(crossEntropy(f, labels).item()).toBe(crossEntropy(f, y).item())
  expect(crossEntropy(f, labels, { loss: 'sum' }).item()).toBe(crossEntropy(f, y, { loss: 'sum' }).item())
  const slope = (target: Tensor): unknown => grad((x: Tensor) => crossEntropy(x, target))(f).toNested()
  expect(slope(labels)).toEqual(slope(y))
  expect(accuracy(f, labels).item()).toBe(accuracy(f, y).item())
  // classes along the last axis of more than two
  const pixels = normal(key(1), [2, 3, 4])
  const classes = tensor(
    [
      [0, 1, 2],
      [3, 0, 1],
    ],
    { dtype: 'int32' },
  )
  expect(crossEntropy(pixels, classes).item()).toBe(crossEntropy(pixels, oneHot(classes, 4)).item())
})

test('a label that is no class is an error where it can be read, and NaN elsewhere', async () => {
  const wrong = tensor([3, 0], { dtype: 'int32' })
  // the class that no label would be taken for, were it counted
  const first = tensor([
    [2, 1, 0],
    [2, 1, 0],
  ])
  for (const metric of [crossEntropy, accuracy, topKAccuracy(2)]) {
    expect(() => metric(f, wrong)).toThrow(/integers in \[0, 2\].*3 at 0/)
  }
  const there = await toBackend({ f, wrong, labels, first }, createCpuBackend({ memory: 'owned' }))
  expect(crossEntropy(there.f, there.wrong).dataSync()[0]).toBeNaN()
  expect(accuracy(there.first, there.wrong).dataSync()[0]).toBe(0.5)
  expect(crossEntropy(there.f, there.labels).dataSync()[0]).toBe(crossEntropy(f, labels).item())
})

test('top-k counts samples whose class is among the k largest outputs', () => {
  const outputs = tensor([
    [4, 3, 2, 1],
    [1, 2, 3, 4],
    [4, 3, 2, 1],
    [1, 4, 2, 3],
  ])
  const classes = tensor([0, 2, 2, 0], { dtype: 'int32' })
  expect([1, 2, 3].map((k) => topKAccuracy(k)(outputs, classes).item())).toEqual([0.25, 0.5, 0.75])
  expect(topKAccuracy(2)(outputs, oneHot(classes, 4)).item()).toBe(0.5)
})

test('of equal outputs top-k takes the first, as accuracy does, and none with NaN', () => {
  const { NaN: none } = Number
  const outputs = tensor([
    [1, 1, 1],
    [1, 1, 1],
    [none, 2, 1],
  ])
  const classes = tensor([0, 1, 1], { dtype: 'int32' })
  expect(topKAccuracy(1)(outputs, classes).item()).toBe(accuracy(outputs, classes).item())
  expect(topKAccuracy(1)(outputs, classes).item()).toBeCloseTo(1 / 3, 15)
  expect(topKAccuracy(2)(outputs, classes).item()).toBeCloseTo(2 / 3, 15)
})

test('top-1 is accuracy on random outputs', () => {
  const outputs = normal(key(3), [200, 5])
  const classes = randomInt(key(4), [200], { max: 5 })
  expect(topKAccuracy(1)(outputs, classes).item()).toBe(accuracy(outputs, classes).item())
})

test.each<[string, () => unknown, RegExp]>([
  ['labels of another count', () => crossEntropy(f, tensor([1], { dtype: 'int32' })), /int32/],
  ['labels as floats', () => accuracy(f, tensor([2, 0])), /int32/],
  ['as many outputs as k', () => topKAccuracy(3)(f, labels), /more than 3 outputs/],
  ['k of zero', () => topKAccuracy(0), /not below 1/],
  ['targets of another shape', () => topKAccuracy(1)(f, tensor([[1, 0]])), /shape/],
  ['labels for mse', () => mse(f, labels), /one shape/],
])('%s is an error by name', (_, run, message) => {
  expect(run).toThrow(message)
})

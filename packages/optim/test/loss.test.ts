import { grad } from '@ntk/autodiff'
import { accuracy, crossEntropy, mse } from '@ntk/optim'
import { type Tensor, tensor } from '@ntk/tensor'
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

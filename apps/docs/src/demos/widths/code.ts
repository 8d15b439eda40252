import type { WidthsSettings } from './compute.js'
import { points, testPoints } from './grids.js'

/** One network of the demo, trained and predicted, as a program. */
export function code({ activation, depth, steps, learningRate }: WidthsSettings, width: number): string {
  return `import { gradientDescentMse } from '@ntk/dynamics'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import { gradientDescent, mse, train } from '@ntk/optim'
import { ${activation}, fullyConnected } from '@ntk/stax'
import { foldIn, key, linspace, mul, reshape, sin } from '@ntk/tensor'

const net = fullyConnected([${Array.from({ length: depth }, () => width).join(', ')}], 1, { activation: () => ${activation}(), wStd: 1.5, bStd: 0.5 })
const x = reshape(linspace(-1, 1, ${points}), [${points}, 1])
const y = sin(mul(x, 4))
const xTest = reshape(linspace(-1, 1, ${testPoints}), [${testPoints}, 1])
const { params } = net.init(foldIn(key(${width}), 0), [-1, 1])

// Trained.
const loss = (f, labels) => mse(f, labels, { loss: 'sum' })
const trained = await train({ apply: net.apply, params, x, y, loss, optimizer: gradientDescent(${learningRate}), steps: ${steps} })
console.log(net.apply(trained.params, xTest).toNested())

// Predicted, from the network at its start.
const kernel = empiricalNtkFn(net.apply, { traceAxes: [-1] })
const predict = gradientDescentMse(await kernel(x, null, params), y, { loss: 'sum', learningRate: ${learningRate}, dynamics: 'steps' })
const kTestTrain = await kernel(xTest, x, params)
const { test } = predict({ t: ${steps}, fTrain0: net.apply(params, x), fTest0: net.apply(params, xTest), kTestTrain })
console.log(test.toNested())
`
}

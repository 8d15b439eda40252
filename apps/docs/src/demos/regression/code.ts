import type { RegressionSettings } from './compute.js'
import { times } from './times.js'

const numbers = (rows: readonly (readonly number[])[]): string =>
  `[${rows.map((row) => `[${row.join(', ')}]`).join(', ')}]`

/** The demo's computation at one of its times, as a program. */
export function code(settings: RegressionSettings, time: number): string {
  const { points, activation, depth, wStd, bStd, train, diagReg } = settings
  const x = numbers(points.map(([at]) => [at]))
  const y = numbers(points.map(([, label]) => [label]))
  return `import { gradientDescentMseEnsemble } from '@ntk/dynamics'
import { kernelFn } from '@ntk/kernels-analytic'
import { ${activation}, fullyConnected } from '@ntk/stax'
import { diagonal, linspace, reshape, sqrt, tensor } from '@ntk/tensor'

const net = fullyConnected([${Array.from({ length: depth }, () => 512).join(', ')}], 1, { activation: () => ${activation}(), wStd: ${wStd}, bStd: ${bStd} })
const x = tensor(${x})
const y = tensor(${y})

const predict = await gradientDescentMseEnsemble(kernelFn(net), x, y, { loss: 'sum', diagReg: ${diagReg} })
const xTest = reshape(linspace(-1, 1, 121), [121, 1])
const { mean, covariance } = await predict({ get: '${train}', t: ${times[time]}, xTest })
console.log(mean.toNested(), sqrt(diagonal(covariance)).toNested())
`
}

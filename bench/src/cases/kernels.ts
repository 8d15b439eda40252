import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Erf, type Layer, Relu, serial } from '@ntk/stax'
import { type FloatDType, key, normal } from '@ntk/tensor'
import type { Row } from '../row.js'

/** A fully connected network with biases: `depth` hidden layers and a readout. */
export function deep(depth: number, activation: () => Layer): Layer {
  const hidden = Array.from({ length: depth }, () => [
    Dense(512, { wStd: 1.5, bStd: 0.1 }),
    activation(),
  ]).flat()
  return serial(...hidden, Dense(1, { wStd: 1.5, bStd: 0.1 }))
}

function row(name: string, net: Layer, dtype: FloatDType, peerMs: number, goalUnits?: number): Row {
  return {
    name,
    dtype,
    peerMs,
    ...(goalUnits === undefined ? {} : { goalUnits }),
    prepare: () => {
      const x = normal(key(0), [4000, 784], { dtype })
      return () => kernelFn(net)(x, null, { get: ['nngp', 'ntk'] })
    },
  }
}

export const kernelRows: readonly Row[] = [
  row('NNGP + NTK, 3 hidden ReLU, n = 4000, d = 784', deep(3, Relu), 'float64', 1227, 3),
  row('NNGP + NTK, 3 hidden ReLU, n = 4000, d = 784', deep(3, Relu), 'float32', 884),
  row('NNGP + NTK, 3 hidden erf, n = 4000, d = 784', deep(3, Erf), 'float64', 1179),
  row('NNGP + NTK, 3 hidden erf, n = 4000, d = 784', deep(3, Erf), 'float32', 643),
  row('NNGP + NTK, 10 hidden ReLU, n = 4000, d = 784', deep(10, Relu), 'float64', 6418, 6),
  row('NNGP + NTK, 10 hidden ReLU, n = 4000, d = 784', deep(10, Relu), 'float32', 3688),
]

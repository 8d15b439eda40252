import { kernelFn } from '@ntk/kernels-analytic'
import { Conv, Dense, Erf, Flatten, GlobalAvgPool, type Layer, Relu, serial, Tanh } from '@ntk/stax'
import { type FloatDType, key, normal } from '@ntk/tensor'
import type { Row } from '../row.js'

/** A fully connected network with biases, or without: `depth` hidden layers and a readout. */
export function deep(depth: number, activation: () => Layer, bStd: number | null = 0.1): Layer {
  const hidden = Array.from({ length: depth }, () => [Dense(512, { wStd: 1.5, bStd }), activation()]).flat()
  return serial(...hidden, Dense(1, { wStd: 1.5, bStd }))
}

function row(name: string, net: Layer, dtype: FloatDType, peerMs?: number, goalUnits?: number): Row {
  return {
    name,
    dtype,
    ...(peerMs === undefined ? {} : { peerMs }),
    ...(goalUnits === undefined ? {} : { goalUnits }),
    prepare: () => {
      const x = normal(key(0), [4000, 784], { dtype })
      return () => kernelFn(net)(x, null, { get: ['nngp', 'ntk'] })
    },
  }
}

const jobOf = (net: Layer): (() => unknown) => {
  const x = normal(key(0), [4000, 784])
  return () => kernelFn(net)(x, null, { get: ['nngp', 'ntk'] })
}

/** An activation without a closed form: at most twice the time of ReLU. */
function besideRelu(name: string, net: Layer): Row {
  return {
    name,
    dtype: 'float64',
    prepare: () => jobOf(net),
    beside: { name: 'ReLU', atMost: 2, prepare: () => jobOf(deep(3, Relu)) },
  }
}

/** Five convolutions of 3 x 3 with ReLU, then what makes vectors of images. */
function inSpace(name: string, shape: readonly number[], end: Layer, peerMs: number, goalUnits: number): Row {
  const layers = Array.from({ length: 5 }, () => [
    Conv(512, [3, 3], { wStd: 1.5, bStd: 0.1, padding: 'SAME' }),
    Relu(),
  ]).flat()
  const net = serial(...layers, end, Dense(1, { wStd: 1.5, bStd: 0.1 }))
  return {
    name,
    dtype: 'float64',
    peerMs,
    goalUnits,
    prepare: () => {
      const x = normal(key(0), shape)
      return () => kernelFn(net)(x, null, { get: ['nngp', 'ntk'] })
    },
  }
}

export const spaceRows: readonly Row[] = [
  inSpace('CNN of 5 layers, flatten, 48 images 32x32x3', [48, 32, 32, 3], Flatten(), 323, 0.39),
  inSpace('CNN of 5 layers, average pool, 4 images 16x16x3', [4, 16, 16, 3], GlobalAvgPool(), 179, 0.21),
  inSpace('CNN of 5 layers, average pool, 2 images 32x32x3', [2, 32, 32, 3], GlobalAvgPool(), 763, 0.92),
]

export const kernelRows: readonly Row[] = [
  row('NNGP + NTK, 3 hidden ReLU, n = 4000, d = 784', deep(3, Relu), 'float64', 1227, 3),
  row('NNGP + NTK, 3 hidden ReLU, n = 4000, d = 784', deep(3, Relu), 'float32', 884),
  row('NNGP + NTK, 3 hidden erf, n = 4000, d = 784', deep(3, Erf), 'float64', 1179),
  row('NNGP + NTK, 3 hidden erf, n = 4000, d = 784', deep(3, Erf), 'float32', 643),
  besideRelu('NNGP + NTK, 3 hidden tanh, n = 4000, d = 784', deep(3, Tanh)),
  row('NNGP + NTK, 10 hidden ReLU, n = 4000, d = 784', deep(10, Relu), 'float64', 6418, 6),
  row('NNGP + NTK, 10 hidden ReLU, n = 4000, d = 784', deep(10, Relu), 'float32', 3688),
  row('NNGP + NTK, 20 hidden ReLU without bias, n = 4000, d = 784', deep(20, Relu, null), 'float64'),
]

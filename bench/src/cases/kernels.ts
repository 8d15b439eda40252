import { kernelFn } from '@ntk/kernels-analytic'
import {
  Conv,
  Dense,
  Erf,
  FanInSum,
  FanOut,
  Flatten,
  GlobalAvgPool,
  GlobalSelfAttention,
  Identity,
  type Layer,
  LayerNorm,
  parallel,
  Relu,
  serial,
  Tanh,
} from '@ntk/stax'
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

const conv = (strides: readonly [number, number] = [1, 1]): Layer =>
  Conv(512, [3, 3], { wStd: 1.5, bStd: 0.1, padding: 'SAME', strides })

/** Five times the layers. */
const five = (...layers: readonly Layer[]): Layer => serial(...[1, 2, 3, 4, 5].flatMap(() => layers))

/** A residual block of pre-activations; with strides its shortcut has weights. */
function block(strides?: readonly [number, number]): Layer {
  const main = serial(Relu(), conv(strides), Relu(), conv())
  return serial(FanOut(2), parallel(main, strides === undefined ? Identity() : conv(strides)), FanInSum())
}

/** A wide residual network of one block a group. */
const wideResidual = serial(conv(), block([1, 1]), block([2, 2]), block([2, 2]))

/** Softmax attention between convolutions. */
const attentive = serial(
  conv(),
  Relu(),
  GlobalSelfAttention({ out: 512, nChanKey: 512, nChanVal: 512, nHeads: 8, bStd: 0.1 }),
  Relu(),
  conv(),
  Relu(),
)

/** A network on images, with what makes vectors of them and a readout. */
function inSpace(
  name: string,
  body: Layer,
  shape: readonly number[],
  end: Layer,
  peer: Pick<Row, 'peerMs' | 'goalUnits'> = {},
): Row {
  const net = serial(body, end, Dense(1, { wStd: 1.5, bStd: 0.1 }))
  return {
    name,
    dtype: 'float64',
    ...peer,
    prepare: () => {
      const x = normal(key(0), shape)
      return () => kernelFn(net)(x, null, { get: ['nngp', 'ntk'] })
    },
  }
}

const cnn = five(conv(), Relu())
const normed = five(conv(), LayerNorm(), Relu())

export const spaceRows: readonly Row[] = [
  inSpace('CNN of 5 layers, flatten, 48 images 32x32x3', cnn, [48, 32, 32, 3], Flatten(), {
    peerMs: 323,
    goalUnits: 0.39,
  }),
  inSpace('CNN of 5 layers, average pool, 4 images 16x16x3', cnn, [4, 16, 16, 3], GlobalAvgPool(), {
    peerMs: 179,
    goalUnits: 0.21,
  }),
  inSpace('CNN of 5 layers, average pool, 2 images 32x32x3', cnn, [2, 32, 32, 3], GlobalAvgPool(), {
    peerMs: 763,
    goalUnits: 0.92,
  }),
  inSpace('Attention between convolutions, flatten, 16 images 8x8x3', attentive, [16, 8, 8, 3], Flatten()),
  inSpace(
    'Attention between convolutions, average pool, 16 images 8x8x3',
    attentive,
    [16, 8, 8, 3],
    GlobalAvgPool(),
  ),
  inSpace(
    'Attention between convolutions, average pool, 4 images 16x16x3',
    attentive,
    [4, 16, 16, 3],
    GlobalAvgPool(),
  ),
  inSpace(
    'LayerNorm behind each of 5 convolutions, flatten, 48 images 32x32x3',
    normed,
    [48, 32, 32, 3],
    Flatten(),
  ),
  inSpace(
    'LayerNorm behind each of 5 convolutions, average pool, 4 images 16x16x3',
    normed,
    [4, 16, 16, 3],
    GlobalAvgPool(),
  ),
  inSpace('WRN of 3 blocks, flatten, 48 images 32x32x3', wideResidual, [48, 32, 32, 3], Flatten()),
  inSpace('WRN of 3 blocks, average pool, 4 images 16x16x3', wideResidual, [4, 16, 16, 3], GlobalAvgPool()),
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

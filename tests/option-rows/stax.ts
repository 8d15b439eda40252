import {
  Aggregate,
  AvgPool,
  alexNet,
  BatchNorm,
  Conv,
  ConvLocal,
  ConvTranspose,
  cnnF,
  cnnP,
  Dense,
  Erf,
  Flatten,
  fullyConnected,
  GlobalAvgPool,
  GlobalSelfAttention,
  GlobalSumPool,
  ImageResize,
  Index,
  LayerNorm,
  LeakyRelu,
  leNet,
  MaxPool,
  myrtle,
  Relu,
  Slice,
  SumPool,
  wideResNet,
} from '@ntk/stax'
import { key } from '@ntk/tensor'
import type { Row } from './row.js'

const affine = { wStd: 1.5, bStd: 0.1, parameterization: 'standard', s: [1, 2], initialization: 'uniform' }
const axes = { batchAxis: 0, channelAxis: 1 }
const dimensionNumbers = ['NCH', 'OIH', 'NHC']
const conv = { ...affine, strides: [1], padding: 'SAME', dimensionNumbers }
const pool = { strides: [1], padding: 'SAME', ...axes }
const network = { ...affine, activation: () => Relu() }

/** A layer with windows. */
const windowed = (name: string, call: Row['call'], good: Row['good'] = conv): Row => ({
  name,
  type: null,
  call,
  good,
  nullable: ['bStd', 'strides', 'dimensionNumbers'],
})

export const staxRows: readonly Row[] = [
  { name: 'Dense', type: null, call: (o) => Dense(4, o), good: { ...affine, ...axes }, nullable: ['bStd'] },
  windowed('Conv', (o) => Conv(4, [3], o)),
  windowed('ConvLocal', (o) => ConvLocal(4, [3], o), { ...conv, padding: 'VALID' }),
  windowed('ConvTranspose', (o) => ConvTranspose(4, [3], o)),
  windowed('AvgPool', (o) => AvgPool([2], o), { ...pool, normalizeEdges: true }),
  windowed('SumPool', (o) => SumPool([2], o), pool),
  windowed('MaxPool', (o) => MaxPool([2], o), pool),
  { name: 'LayerNorm', type: null, call: (o) => LayerNorm(o), good: { axis: -1, epsilon: 1e-6, ...axes } },
  { name: 'Flatten', type: null, call: (o) => Flatten(o), good: { batchAxis: 1, batchAxisOut: 1 } },
  { name: 'GlobalAvgPool', type: null, call: (o) => GlobalAvgPool(o), good: axes },
  { name: 'GlobalSumPool', type: null, call: (o) => GlobalSumPool(o), good: axes },
  {
    name: 'Aggregate',
    type: null,
    call: (o) => Aggregate(o),
    good: { aggregateAxis: [1], implementation: 'SPARSE', batchAxis: 0, channelAxis: 2 },
    nullable: ['aggregateAxis'],
  },
  {
    name: 'ImageResize',
    type: null,
    call: (o) => ImageResize([-1, 4, -1], o),
    good: { method: 'cubic', antialias: false, batchAxis: 0, channelAxis: 2 },
  },
  { name: 'Index', type: null, call: (o) => Index([[null], 0], o), good: { batchAxis: 0, channelAxis: 2 } },
  { name: 'Slice', type: null, call: (o) => Slice([[null], [1]], o), good: { batchAxis: 0, channelAxis: 2 } },
  {
    name: 'BatchNorm',
    type: null,
    call: (o) => BatchNorm(o),
    good: { epsilon: 1e-6, scale: true, centre: false },
  },
  { name: 'LeakyRelu', type: null, call: (o) => LeakyRelu(o), good: { alpha: 0.1 }, required: ['alpha'] },
  { name: 'Erf', type: null, call: (o) => Erf(o), good: { a: 1, b: 1, c: 0 } },
  {
    name: 'GlobalSelfAttention',
    type: null,
    call: (o) => GlobalSelfAttention(o),
    good: {
      out: 4,
      nHeads: 2,
      nChanKey: 3,
      nChanVal: 3,
      linearScaling: false,
      mechanism: 'RELU',
      wKeyStd: 1,
      wValueStd: 1,
      wQueryStd: 1,
      wOutStd: 1,
      bStd: 0.1,
      posEmbType: 'CONCAT',
      posEmbPNorm: 1,
      posEmbDecayFn: 'exp(-d)',
      nChanPosEmb: 2,
      wPosEmbStd: 0.5,
      valPosEmb: true,
      ...axes,
    },
    nullable: ['bStd', 'nChanPosEmb'],
  },
  {
    name: 'init',
    type: null,
    call: (o) => Dense(4).init(key(0), [-1, 3], o),
    good: { dtype: 'float32' },
  },
  ...[cnnF, cnnP].map(
    (make): Row => ({
      name: make.name,
      type: null,
      call: (o) => make(o),
      good: { depth: 2, channels: 4, out: 2, filter: [3, 3], ...network },
      required: ['depth', 'channels', 'out'],
      nullable: ['bStd'],
    }),
  ),
  ...[leNet, alexNet].map(
    (make): Row => ({
      name: make.name,
      type: null,
      call: (o) => make(o),
      good: { factor: 0.1, out: 2, ...network },
      nullable: ['bStd'],
    }),
  ),
  {
    name: 'fullyConnected',
    type: null,
    call: (o) => fullyConnected([4, 4], 2, o),
    good: network,
    nullable: ['bStd'],
  },
  {
    name: 'wideResNet',
    type: null,
    call: (o) => wideResNet(o),
    good: { blocks: 1, channels: 4, out: 2, normalization: 'layer', ...network },
    required: ['channels'],
    nullable: ['bStd'],
  },
  {
    name: 'myrtle',
    type: null,
    call: (o) => myrtle(5, o),
    good: { channels: 4, out: 2, ...network },
    required: ['channels'],
    nullable: ['bStd'],
  },
]

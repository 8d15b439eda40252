import { empiricalNtkFn, type Implementation } from '@ntk/kernels-empirical'
import { fullyConnected, type Layer, leNet, wideResNet } from '@ntk/stax'
import { type FloatDType, key, normal, type Shape } from '@ntk/tensor'
import type { Row } from '../row.js'

function row(
  name: string,
  net: Layer,
  xShape: Shape,
  dtype: FloatDType,
  implementation: Implementation,
  more: Pick<Row, 'peerMs' | 'goalUnits'> = {},
): Row {
  return {
    name,
    dtype,
    ...more,
    prepare: () => {
      const { params } = net.init(key(0), xShape, { dtype })
      const x = normal(key(1), xShape, { dtype })
      const ntk = empiricalNtkFn(net.apply, { implementation })
      return () => ntk(x, null, params)
    },
  }
}

const dense = fullyConnected([2048, 2048, 2048], 8, { wStd: 1.4142, bStd: 0.1 })
const denseName = 'empirical NTK, 3 x Dense 2048 + 8 outputs, 16 inputs'

export const empiricalRows: readonly Row[] = [
  row(`${denseName}, structured`, dense, [16, 2048], 'float32', 'structured-derivatives', {
    peerMs: 2260,
    goalUnits: 1,
  }),
  row(`${denseName}, structured`, dense, [16, 2048], 'float64', 'structured-derivatives', { peerMs: 3400 }),
  row(`${denseName}, vector products`, dense, [16, 2048], 'float32', 'ntk-vector-products', { peerMs: 2260 }),
  row(`${denseName}, contraction`, dense, [16, 2048], 'float32', 'jacobian-contraction', { peerMs: 10_800 }),
  row(
    'empirical NTK, LeNet x5, 64 images 28x28, auto',
    leNet({ factor: 5 }),
    [64, 28, 28, 1],
    'float32',
    'auto',
  ),
  row(
    'empirical NTK, wide ResNet of 64 channels, 8 images 32x32, auto',
    wideResNet({ channels: 64, normalization: 'layer' }),
    [8, 32, 32, 3],
    'float32',
    'auto',
  ),
]

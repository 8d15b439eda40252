import { oneOf, positiveInteger, type RulesFor, readOptions } from '@ntk/tensor/options'
import { FanInSum } from '../combinators/fan-in-sum.js'
import { FanOut } from '../combinators/fan-out.js'
import { parallel } from '../combinators/parallel.js'
import { serial } from '../combinators/serial.js'
import type { Layer } from '../layer.js'
import { BatchNorm } from '../layers/batch-norm.js'
import { Conv } from '../layers/conv.js'
import { Dense } from '../layers/dense.js'
import { Flatten } from '../layers/flatten.js'
import { Identity } from '../layers/identity.js'
import { LayerNorm } from '../layers/layer-norm.js'
import { AvgPool } from '../layers/pool.js'
import { type NetworkOptions, shared, withShared } from './options.js'

export interface WideResNetOptions extends NetworkOptions {
  /** Residual blocks a group, N of Table S1; the depth is 6 N + 4. 1 unless given. */
  readonly blocks?: number | undefined
  /** Channels of every layer. */
  readonly channels: number
  /** 10 unless given. */
  readonly out?: number | undefined
  /** What stands before each activation, as in Table S1 'batch' unless given. */
  readonly normalization?: 'batch' | 'layer' | 'none' | undefined
}

const rules = withShared({
  blocks: positiveInteger(1),
  channels: positiveInteger(),
  out: positiveInteger(10),
  normalization: oneOf(['batch', 'layer', 'none'], 'batch'),
}) satisfies RulesFor<WideResNetOptions>

const normalizations: Readonly<Record<'batch' | 'layer' | 'none', () => readonly Layer[]>> = {
  batch: () => [BatchNorm()],
  layer: () => [LayerNorm()],
  none: () => [],
}

/**
 * The wide residual network of Table S1 of Lee et al. 2019 (Zagoruyko and Komodakis 2016, with the same number of channels
 * in all layers): a 3 x 3 convolution; three groups of residual blocks, each of two (normalization, activation, 3 x 3
 * convolution), the second and third group halving the image; an 8 x 8 average pool; a readout. For images of 32 x 32.
 */
export function wideResNet(options: WideResNetOptions): Layer {
  const read = readOptions('wideResNet', rules, options, 'spec')
  const { blocks, channels, out, normalization } = read
  const { activation, affine } = shared(read)
  const conv = (size: number, stride: number): Layer =>
    Conv(channels, [size, size], { ...affine, padding: 'SAME', strides: [stride, stride] })
  const before = (): Layer[] => [...normalizations[normalization](), activation()]
  const block = (stride: number, first: boolean): Layer =>
    serial(
      FanOut(2),
      parallel(
        serial(...before(), conv(3, stride), ...before(), conv(3, 1)),
        first && stride > 1 ? conv(3, stride) : Identity(),
      ),
      FanInSum(),
    )
  const group = (stride: number): Layer[] =>
    Array.from({ length: blocks }, (_, i) => block(i === 0 ? stride : 1, i === 0))
  return serial(
    conv(3, 1),
    ...group(1),
    ...group(2),
    ...group(2),
    ...before(),
    AvgPool([8, 8]),
    Flatten(),
    Dense(out, affine),
  )
}

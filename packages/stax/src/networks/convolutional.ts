import { NtkError } from '@ntk/tensor'
import { optional, positive, positiveInteger, type RulesFor, readOptions, show } from '@ntk/tensor/options'
import { serial } from '../combinators/serial.js'
import type { Layer } from '../layer.js'
import type { AffineOptions } from '../layers/affine.js'
import { Conv } from '../layers/conv.js'
import { Dense } from '../layers/dense.js'
import { Flatten } from '../layers/flatten.js'
import { GlobalAvgPool } from '../layers/global-pool.js'
import { AvgPool, MaxPool } from '../layers/pool.js'
import { sizes } from '../spec/options.js'
import { type NetworkOptions, shared, withShared } from './options.js'

export interface ConvolutionalOptions extends NetworkOptions {
  /** Convolutional layers before the readout. */
  readonly depth: number
  readonly channels: number
  readonly out: number
  /** [3, 3] unless given. */
  readonly filter?: readonly number[] | undefined
}

const bodyRules = withShared({
  depth: positiveInteger(),
  channels: positiveInteger(),
  out: positiveInteger(),
  filter: optional(sizes()),
}) satisfies RulesFor<ConvolutionalOptions>

function body(
  name: string,
  options: ConvolutionalOptions,
): { layers: Layer[]; affine: AffineOptions; out: number } {
  const read = readOptions(name, bodyRules, options, 'spec')
  const { depth, channels, out, filter = [3, 3] } = read
  const { activation, affine } = shared(read)
  const layers = Array.from({ length: depth }, () => [
    Conv(channels, filter, { ...affine, padding: 'SAME' }),
    activation(),
  ])
  return { layers: layers.flat(), affine, out }
}

/** Convolutions with borders of zeros, then a flattened readout: CNN-F of Xiao et al. 2020. */
export function cnnF(options: ConvolutionalOptions): Layer {
  const { layers, affine, out } = body('cnnF', options)
  return serial(...layers, Flatten(), Dense(out, affine))
}

/** Convolutions, then a readout of the mean over positions: CNN-P of Xiao et al. 2020. */
export function cnnP(options: ConvolutionalOptions): Layer {
  const { layers, affine, out } = body('cnnP', options)
  return serial(...layers, GlobalAvgPool(), Dense(out, affine))
}

export interface WidthFactorOptions extends NetworkOptions {
  /** Multiplies every width and number of channels, 1 unless given; rounded to whole numbers. */
  readonly factor?: number | undefined
  /** 10 unless given. */
  readonly out?: number | undefined
}

const factorRules = withShared({
  factor: positive(1),
  out: positiveInteger(10),
}) satisfies RulesFor<WidthFactorOptions>

/** LeNet-5 with max-pooling and ReLU, as in Samarin et al. 2020, Section 2: for images of 28 x 28 or 32 x 32. */
export function leNet(options?: WidthFactorOptions): Layer {
  const read = readOptions('leNet', factorRules, options, 'spec')
  const { factor, out } = read
  const { activation, affine } = shared(read)
  const wide = (n: number): number => Math.max(1, Math.round(n * factor))
  const pool = (): Layer => MaxPool([2, 2], { strides: [2, 2] })
  return serial(
    Conv(wide(6), [5, 5], { ...affine, padding: 'SAME' }),
    activation(),
    pool(),
    Conv(wide(16), [5, 5], affine),
    activation(),
    pool(),
    Flatten(),
    Dense(wide(120), affine),
    activation(),
    Dense(wide(84), affine),
    activation(),
    Dense(out, affine),
  )
}

/** AlexNet in its one-column form (Krizhevsky 2014), without dropout, as in Samarin et al. 2020: for images of 224 x 224. */
export function alexNet(options?: WidthFactorOptions): Layer {
  const read = readOptions('alexNet', factorRules, options, 'spec')
  const { factor, out } = read
  const { activation, affine } = shared(read)
  const wide = (n: number): number => Math.max(1, Math.round(n * factor))
  const conv = (channels: number, size: number, strides?: readonly number[]): Layer[] => [
    Conv(wide(channels), [size, size], {
      ...affine,
      padding: 'SAME',
      ...(strides === undefined ? {} : { strides }),
    }),
    activation(),
  ]
  const pool = (): Layer => MaxPool([3, 3], { strides: [2, 2] })
  return serial(
    ...conv(64, 11, [4, 4]),
    pool(),
    ...conv(192, 5),
    pool(),
    ...conv(384, 3),
    ...conv(256, 3),
    ...conv(256, 3),
    pool(),
    Flatten(),
    Dense(wide(4096), affine),
    activation(),
    Dense(wide(4096), affine),
    activation(),
    Dense(out, affine),
  )
}

/** Where each of the Myrtle networks halves its image: convolutions between average pools. */
const myrtleBlocks = { 5: [2, 1, 1], 7: [2, 2, 2], 10: [3, 3, 3] } as const

export interface MyrtleOptions extends NetworkOptions {
  readonly channels: number
  /** 10 unless given. */
  readonly out?: number | undefined
}

const myrtleRules = withShared({
  channels: positiveInteger(),
  out: positiveInteger(10),
}) satisfies RulesFor<MyrtleOptions>

/**
 * The Myrtle networks (Shankar et al. 2020): 3 x 3 convolutions with ReLU in blocks between 2 x 2 average pools, then the
 * mean over what is left of the positions and a readout: for images of 32 x 32.
 */
export function myrtle(depth: 5 | 7 | 10, options: MyrtleOptions): Layer {
  if (typeof depth !== 'number' || !Object.hasOwn(myrtleBlocks, depth)) {
    throw new NtkError('spec', { what: 'myrtle has depths 5, 7 and 10.', got: show(depth) })
  }
  const read = readOptions('myrtle', myrtleRules, options, 'spec')
  const { channels, out } = read
  const { activation, affine } = shared(read)
  const pool = (): Layer => AvgPool([2, 2], { strides: [2, 2] })
  const blocks = myrtleBlocks[depth].flatMap((count) => [
    ...Array.from({ length: count }, () => [
      Conv(channels, [3, 3], { ...affine, padding: 'SAME' }),
      activation(),
    ]).flat(),
    pool(),
  ])
  return serial(...blocks, GlobalAvgPool(), Dense(out, affine))
}

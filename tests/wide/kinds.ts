import {
  Aggregate,
  AvgPool,
  Conv,
  ConvLocal,
  ConvTranspose,
  Dense,
  DotGeneral,
  Dropout,
  Erf,
  FanInConcat,
  FanInProd,
  FanInSum,
  GlobalSelfAttention,
  Identity,
  ImageResize,
  Index,
  type Layer,
  LayerNorm,
  Relu,
  Slice,
  SumPool,
} from '@ntk/stax'
import type { Plan } from './plan.js'

const affine = { wStd: 1.3, bStd: 0.3 } as const
const same = { padding: 'SAME' } as const

const weights = (layer: Layer): Plan => ({ layer, weights: true })
const plain = (layer: Layer): Plan => ({ layer, weights: false })
const chain = (...parts: Plan[]): Plan => ({ chain: parts })

export const dense = (width: number): Plan => weights(Dense(width, affine))
export const first = (width: number): Plan => weights(Conv(width, [3], { ...affine, ...same }))

/** A layer of many channels between values [n, positions, channels]: what stands before and behind any other. */
export type Kind = (width: number) => Plan

/** By their names in the spec language; each keeps the number of positions unless it says so. */
export const kinds: Readonly<Record<string, Kind>> = {
  Dense: dense,
  Conv: (width) => weights(Conv(width, [2], { ...affine, ...same })),
  ConvLocal: (width) => weights(ConvLocal(width / 4, [2], { ...affine, ...same })),
  ConvTranspose: (width) => weights(ConvTranspose(width, [2], { ...affine, ...same })),
  Relu: () => plain(Relu()),
  Erf: () => plain(Erf()),
  AvgPool: () => plain(AvgPool([2], same)),
  SumPool: () => plain(SumPool([3], { padding: 'CIRCULAR' })),
  LayerNorm: () => plain(LayerNorm()),
  Dropout: () => plain(Dropout(0.7)),
  GlobalSelfAttention: (width) =>
    weights(
      GlobalSelfAttention({ out: width / 5, nChanKey: width / 4, nChanVal: 200, wKeyStd: 0.9, bStd: 0.4 }),
    ),
  ImageResize: () => plain(ImageResize([-1, 4, -1], { method: 'linear' })),
  Index: () => plain(Index([[null], [null, null, -1]])),
  Slice: () => plain(Slice([[null], [null, null, -1]])),
  DotGeneral: () => plain(DotGeneral({ rhs: 1.7 })),
  Aggregate: () => plain(Aggregate()),
  Identity: () => plain(Identity()),
  repeat: (width) => ({ repeated: chain(plain(Relu()), dense(width)), times: 2 }),
  FanInSum: (width) => ({
    branches: [dense(width), chain(plain(Relu()), dense(width))],
    join: FanInSum(),
  }),
  FanInProd: (width) => ({
    branches: [dense(width), chain(plain(Erf()), dense(width))],
    join: FanInProd(),
  }),
  FanInConcat: (width) => ({
    branches: [dense(width / 2), chain(plain(Relu()), dense(width / 2))],
    join: FanInConcat(),
  }),
}

/** Networks that are averaged where one is too noisy: masks, and products of what branches have, stay as random as they are. */
export const draws: Readonly<Record<string, number>> = {
  ConvLocal: 4,
  Dropout: 6,
  FanInProd: 10,
  FanInSum: 4,
}

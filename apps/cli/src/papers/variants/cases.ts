import { critical, type DepthLaws, depthLaws } from '@ntk/dynamics'
import {
  Dense,
  Dropout,
  Erf,
  FanInSum,
  FanOut,
  Identity,
  type Layer,
  LayerNorm,
  named,
  parallel,
  Relu,
  repeat,
  serial,
} from '@ntk/stax'
import { affineOf } from '../common.js'
import type { VariantConfig } from './settings.js'

/** One kind of network, whose kernels are wanted at several depths. */
export interface Case {
  /** Of its stages and findings: small letters, digits, dashes. */
  readonly name: string
  readonly title: string
  /** A network of each of several depths, with the layers behind which its kernels are; several depths may share one network. */
  readonly networks: (depths: readonly number[]) => readonly DeepNetwork[]
  /** What theory says of m samples. */
  readonly laws: (samples: number) => DepthLaws
}

export interface DeepNetwork {
  readonly net: Layer
  /** Names of layers, by depth; null is the end of the network. */
  readonly at: readonly { readonly depth: number; readonly layer: string | null }[]
}

const nameOf = (value: number): string => String(Number(value.toFixed(4))).replace('.', 'p')

/** Erf networks with a dropout layer before the readout, and none elsewhere; weights are shares of the critical variance. */
export function dropoutCases({ wVars, bVar, keeps }: VariantConfig): Case[] {
  const criticalWVar = critical(Erf(), { bStd: Math.sqrt(bVar) }).wStd ** 2
  return wVars.flatMap((share) =>
    [1, ...keeps].map((keep): Case => {
      const affine = affineOf(share * criticalWVar, bVar)
      const block = serial(Dense(1, affine), Erf())
      const last = keep === 1 ? [] : [Dropout(keep)]
      return {
        name: `w-${nameOf(share)}-keep-${nameOf(keep)}`,
        title: keep === 1 ? 'no dropout' : `${keep} kept`,
        networks: (depths) =>
          depths.map((depth) => ({
            net: serial(repeat(block, depth), ...last, Dense(1, affine)),
            at: [{ depth, layer: null }],
          })),
        laws: (samples) => depthLaws(Erf(), { ...affine, samples, keepLast: keep }),
      }
    }),
  )
}

/** ReLU networks that add to what goes out what came in, with or without layer norm, or layer norm alone. */
export function residualCases(
  { wVars, bVar }: VariantConfig,
  kinds: readonly { readonly residual: boolean; readonly layerNorm: boolean }[],
): Case[] {
  return kinds.flatMap(({ residual, layerNorm }) =>
    wVars.map((wVar): Case => {
      const affine = affineOf(wVar, bVar)
      const branch = serial(Relu(), Dense(1, affine))
      const body = residual ? serial(FanOut(2), parallel(Identity(), branch), FanInSum()) : branch
      const layer = named('layer', layerNorm ? serial(LayerNorm(), body) : body)
      const words = [...(residual ? ['skip'] : []), ...(layerNorm ? ['layer norm'] : [])]
      return {
        name: `${words.join('-').replace(' ', '-')}-w-${nameOf(wVar)}`,
        title: `${words.join(' and ')}, σ_w² = ${wVar}`,
        networks: (depths) => [
          {
            net: serial(Dense(1, affine), repeat(layer, Math.max(...depths))),
            at: depths.map((depth) => ({ depth, layer: `layer.${depth}` })),
          },
        ],
        laws: (samples) => depthLaws(Relu(), { ...affine, q: wVar + bVar, samples, residual, layerNorm }),
      }
    }),
  )
}

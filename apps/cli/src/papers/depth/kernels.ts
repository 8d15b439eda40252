import { kernelFn } from '@ntk/kernels-analytic'
import { Conv, Dense, Erf, Flatten, GlobalAvgPool, type Layer, named, Relu, repeat, serial } from '@ntk/stax'
import { reshape, type Tensor } from '@ntk/tensor'
import { float64s } from '../../measures/rows.js'
import { affineOf } from '../common.js'

/** Fully connected; convolutional with a flattened readout; convolutional with a readout of the mean over positions. */
export const netKinds = ['FCN', 'CNN-F', 'CNN-P'] as const

export type NetKind = (typeof netKinds)[number]

export const activations: Readonly<Record<'Erf' | 'Relu', () => Layer>> = { Erf, Relu }

export interface DepthNetwork {
  readonly activation: keyof typeof activations
  readonly wVar: number
  readonly bVar: number
}

/** Tangent kernels [n · n] of networks of one family, by depth. */
export type ByDepth = ReadonlyMap<number, Partial<Record<NetKind, Float64Array>>>

/**
 * The tangent kernels of images [n, h, w, c] in networks of several depths, readout included. Fully connected ones come from one pass: those behind
 * each activation, K and Θ, give Θ' = σ_w² (K + Θ) + σ_b² behind a readout. Convolutional ones have a run of their own for each depth and
 * readout: positions stay in the cache, where kernels behind inner layers would be written out for all pairs of them.
 */
export async function kernelsByDepth(
  family: 'FCN' | 'CNN',
  images: Tensor,
  { activation, wVar, bVar }: DepthNetwork,
  depths: readonly number[],
  signal: AbortSignal,
): Promise<ByDepth> {
  const affine = affineOf(wVar, bVar)
  const act = activations[activation]
  if (family === 'FCN') {
    const [n = 0] = images.shape
    const block = serial(Dense(1, affine), named('layer', act()))
    const net = serial(repeat(block, Math.max(...depths)), Dense(1, affine))
    const at = depths.map((depth) => `layer.${depth}`)
    const x = reshape(images, [n, images.size / n])
    const kernels = await kernelFn(net)(x, null, { get: ['nngp', 'ntk'], at, signal })
    return new Map(
      depths.map((depth) => {
        const { nngp, ntk } = kernels[`layer.${depth}`] as { nngp: Tensor; ntk: Tensor }
        const both = sum(nngp.dataSync(), ntk.dataSync())
        return [depth, { FCN: both.map((value) => wVar * value + bVar) }]
      }),
    )
  }
  // As the theory has it: every position sees as many others (Xiao et al. 2020, Section 6.4).
  const block = serial(Conv(1, [3, 3], { ...affine, padding: 'CIRCULAR' }), act())
  const ending = async (depth: number, end: Layer): Promise<Float64Array> => {
    const net = serial(repeat(block, depth), end, Dense(1, affine))
    return float64s(await kernelFn(net)(images, null, { get: 'ntk', signal }))
  }
  const found = new Map<number, Partial<Record<NetKind, Float64Array>>>()
  for (const depth of depths) {
    found.set(depth, {
      'CNN-F': await ending(depth, Flatten()),
      'CNN-P': await ending(depth, GlobalAvgPool()),
    })
  }
  return found
}

const sum = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array =>
  Float64Array.from(a, (value, i) => value + (b[i] as number))

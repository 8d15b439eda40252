import { kernelFn } from '@ntk/kernels-analytic'
import { Conv, Dense, Erf, Flatten, GlobalAvgPool, type Layer, named, Relu, repeat, serial } from '@ntk/stax'
import { reshape, type Tensor } from '@ntk/tensor'

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
 * The tangent kernels of images [n, h, w, c] in networks of several depths, readout included, all in one pass: those behind each
 * activation, K and Θ, give Θ' = σ_w² (K + Θ) + σ_b² behind a readout, with means over positions where there are some.
 */
export async function kernelsByDepth(
  family: 'FCN' | 'CNN',
  images: Tensor,
  { activation, wVar, bVar }: DepthNetwork,
  depths: readonly number[],
  signal: AbortSignal,
): Promise<ByDepth> {
  const [n = 0, ...rest] = images.shape
  const affine = { wStd: Math.sqrt(wVar), bStd: bVar === 0 ? null : Math.sqrt(bVar) }
  const deepest = Math.max(...depths)
  const act = named('layer', activations[activation]())
  const net =
    family === 'FCN'
      ? serial(Flatten(), repeat(serial(Dense(1, affine), act), deepest), Dense(1, affine))
      : serial(
          // As the theory has it: every position sees as many others (Xiao et al. 2020, Section 6.4).
          repeat(serial(Conv(1, [3, 3], { ...affine, padding: 'CIRCULAR' }), act), deepest),
          GlobalAvgPool(),
          Dense(1, affine),
        )
  const x = family === 'FCN' ? reshape(images, [n, rest.reduce((a, b) => a * b, 1)]) : images
  const at = depths.map((depth) => `layer.${depth}`)
  const kernels = await kernelFn(net)(x, null, { get: ['nngp', 'ntk'], at, signal })
  const readout = (value: number): number => wVar * value + bVar
  type Entry = [number, Partial<Record<NetKind, Float64Array>>]
  return new Map(
    depths.map((depth): Entry => {
      const { nngp, ntk } = kernels[`layer.${depth}`] as { nngp: Tensor; ntk: Tensor }
      const both = sum(nngp.dataSync(), ntk.dataSync())
      if (family === 'FCN') return [depth, { FCN: both.map(readout) }]
      const { equal, all } = overPositions(both, n, nngp.shape)
      return [depth, { 'CNN-F': equal.map(readout), 'CNN-P': all.map(readout) }]
    }),
  )
}

const sum = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array =>
  Float64Array.from(a, (value, i) => value + (b[i] as number))

/** Means of [n, n, h, h, w, w] over equal positions, and over all pairs of positions. */
function overPositions(
  values: Float64Array,
  n: number,
  shape: readonly number[],
): { equal: Float64Array; all: Float64Array } {
  const [h = 1, w = 1] = [shape[2], shape[4]]
  const equal = new Float64Array(n * n)
  const all = new Float64Array(n * n)
  const size = h * h * w * w
  for (let pair = 0; pair < n * n; pair++) {
    let [diagonal, total] = [0, 0]
    for (let i = 0; i < h; i++)
      for (let j = 0; j < h; j++)
        for (let k = 0; k < w; k++)
          for (let l = 0; l < w; l++) {
            const value = values[pair * size + ((i * h + j) * w + k) * w + l] as number
            total += value
            if (i === j && k === l) diagonal += value
          }
    equal[pair] = diagonal / (h * w)
    all[pair] = total / size
  }
  return { equal, all }
}

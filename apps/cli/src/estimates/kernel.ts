import { describe, type NetDescription } from '@ntk/kernels-analytic'
import type { Layer, Spec } from '@ntk/stax'
import { type FloatDType, type Shape, sizeOf } from '@ntk/tensor'
import { showBytes } from '../measures/memory.js'
import type { Samples } from '../networks/samples.js'
import { takesVectors } from '../networks/spec.js'
import { hasSpectrum } from './spectrum.js'

/** What decides the size of a job. */
export interface Sizing {
  readonly spec: Spec
  readonly net: Layer
  readonly get: 'ntk' | 'nngp'
  /** The layer behind which it is taken; absent: the end. */
  readonly at?: string | undefined
  readonly tile: number | undefined
  readonly dtype: FloatDType
  /** Whether the kernel goes to a directory of tiles. */
  readonly sink: boolean
}

/** What a job takes, told before it starts. */
export interface Estimate {
  readonly description: NetDescription
  /** Bytes at the peak beside those of the process: samples and their copies, the kernel with its tiles, or its eigenvalues. */
  readonly memory: {
    readonly samples: number
    readonly kernel: number
    readonly spectrum: number
    readonly total: number
  }
}

/** Samples as they are read, and as the network takes them. */
const copiesOfSamples = 2

/** Matrices of float64 that an eigendecomposition holds beside its own. */
const matricesOfSpectrum = 3

/** The shape [-1, ...] of the samples that the network takes. */
export function inputShape(spec: Spec, shape: Shape): Shape {
  return takesVectors(spec) ? [-1, sizeOf(shape)] : [-1, ...shape]
}

/** @throws NtkError as `describe`: 'unsupported' naming a layer that has no kernel, 'shape' on samples that do not fit the network */
export function estimateOf(
  { spec, net, get, at, tile, dtype, sink }: Sizing,
  { n1, n2, shape }: Samples,
): Estimate {
  const description = describe(net, inputShape(spec, shape), { n1, n2, get, at, tile, dtype, sink })
  const samples = copiesOfSamples * 8 * sizeOf(shape) * (n1 + (n2 ?? 0))
  const kernel = description.memory.total
  // The eigenvalues of a kernel of float32 are those of its copy in float64.
  const wide =
    (dtype === 'float32' ? 2 * (matricesOfSpectrum + 1) : matricesOfSpectrum) * description.resultBytes
  const spectrum = hasSpectrum(description, n1, n2) ? wide : 0
  return { description, memory: { samples, kernel, spectrum, total: samples + kernel + spectrum } }
}

/** Bytes that this process can still have. */
export function freeMemory(): number {
  return process.availableMemory()
}

/** What would fit where a job does not, a way each. */
export function whatFits(sizing: Sizing, samples: Samples, free: number): string[] {
  const fits = (n1: number, sink: boolean): boolean => {
    const n2 = samples.n2 === null ? null : Math.ceil((samples.n2 * n1) / samples.n1)
    return estimateOf({ ...sizing, sink }, { ...samples, n1, n2 }).memory.total <= free
  }
  const ways: string[] = []
  if (!sizing.sink && fits(samples.n1, true)) {
    const { resultBytes } = estimateOf(sizing, samples).description
    ways.push(`--sink DIR holds tiles on disk (${showBytes(resultBytes)}), in parts with --shard i/n`)
  }
  let [low, high] = [0, samples.n1]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fits(middle, sizing.sink)) low = middle
    else high = middle
  }
  if (low > 0) ways.push(`${low} samples`)
  return ways.length > 0
    ? ways
    : ['not even one pair of samples: smaller images, or a network that ends in Flatten']
}

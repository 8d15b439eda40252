import type { Backend } from '@ntk/tensor'
import { type FloatDType, type Shape, type Tensor, tensorFromData } from '@ntk/tensor'
import type { Block } from '@ntk/tiles'

/** What of a set of inputs is padding, on the host. */
export interface InputMask {
  /** 1 where all channels of a position are padding: [n, positions]. */
  readonly positions: Uint8Array
  /** Whether there are positions of which only some channels are padding. */
  readonly partial: boolean
  /** Whether there are samples of which all positions are padding. */
  readonly samples: boolean
}

/** Takes the padding out of numbers [n, positions, channels]: gives them with 0 in its place, and where it was. */
export function takePadding(
  raw: Float64Array,
  channels: number,
  positions: number,
  constant: number,
  dtype: FloatDType,
): readonly [Float64Array, InputMask] {
  const c = dtype === 'float32' ? Math.fround(constant) : constant
  const isPadding = Number.isNaN(c) ? Number.isNaN : (x: number): boolean => x === c
  const data = Float64Array.from(raw)
  const mask = new Uint8Array(raw.length / channels)
  let partial = false
  for (let p = 0; p < mask.length; p++) {
    let found = 0
    for (let i = p * channels; i < (p + 1) * channels; i++) {
      if (!isPadding(data[i] as number)) continue
      data[i] = 0
      found += 1
    }
    mask[p] = found === channels ? 1 : 0
    partial ||= found > 0 && found < channels
  }
  const whole = (_: unknown, sample: number): boolean =>
    mask.subarray(sample * positions, (sample + 1) * positions).every((m) => m === 1)
  const samples = Array.from({ length: mask.length / positions }).some(whole)
  return [data, { positions: mask, partial, samples }]
}

/** bool [m, spatial...] of a block of samples. */
export function maskTile(mask: InputMask, { start, stop }: Block, shape: Shape, backend: Backend): Tensor {
  const space = shape.slice(1, -1)
  const positions = space.reduce((a, d) => a * d, 1)
  const part = mask.positions.slice(start * positions, stop * positions)
  return tensorFromData(part, [stop - start, ...space], backend)
}

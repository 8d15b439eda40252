/** Convolutions by patches: [samples · positions, taps · channels] times the weights, a part of the batch at a time. */
import { bytesPerElement, type ContractParams, type DType, sizeOf } from '@ntk/tensor'
import { numbersOf } from '../fuse.js'
import type { DeviceMemory } from '../memory.js'
import { axisNumbers, named } from '../text/axes.js'
import { cTypes } from '../text/types.js'
import type { Value } from '../value.js'
import { product } from './products.js'
import { type CudaRule, filledBy } from './rule.js'

type Params = ContractParams['convGeneralDilated']

/** Bytes of patches that are made at once. */
const mostPatches = 256 << 20

/** Thread i is one number of the patches [sample, positions..., taps..., channel]. */
function patchesText(dtype: DType, rank: number): string {
  const type = cTypes[dtype]
  const lines = [
    named(rank, 7),
    'const i64 channels = (i64)a.v[6]; const i64 channel = i % channels; i64 r = i / channels;',
  ]
  for (let axis = rank - 1; axis >= 0; axis--)
    lines.push(`const i64 t${axis} = r % taps${axis}; r /= taps${axis};`)
  for (let axis = rank - 1; axis >= 0; axis--)
    lines.push(`const i64 w${axis} = r % windows${axis}; r /= windows${axis};`)
  lines.push('i64 from = r + (i64)a.v[3]; int inside = 1;')
  for (let axis = 0; axis < rank; axis++) {
    lines.push(`const i64 p${axis} = w${axis} * stride${axis} + t${axis} * step${axis} - low${axis};
inside &= p${axis} >= 0 && p${axis} % gap${axis} == 0 && p${axis} / gap${axis} < size${axis};
from = from * size${axis} + p${axis} / gap${axis};`)
  }
  lines.push(
    `((${type}*)a.v[2])[i] = inside ? ((const ${type}*)a.v[1])[from * (i64)a.v[4] + (i64)a.v[5] + channel] : 0;`,
  )
  return `${lines.join('\n')}\n`
}

function geometry(x: Value, w: Value, out: readonly number[], p: Params): readonly number[] {
  return axisNumbers(
    p.strides.map((stride, axis) => ({
      size: x.shape[axis + 1] as number,
      windows: out[axis + 1] as number,
      taps: w.shape[axis] as number,
      stride,
      low: p.padding[axis]?.[0] as number,
      gap: p.lhsDilation[axis] as number,
      step: p.rhsDilation[axis] as number,
    })),
  )
}

export const convGeneralDilated: CudaRule<'convGeneralDilated'> = (machine, [x, w], p, [out]) => {
  const { dtype } = x
  const bytes = bytesPerElement[dtype]
  const rank = p.strides.length
  const [samples, channelsIn] = [out.shape[0] as number, x.shape[rank + 1] as number]
  const [perGroup, outputs] = w.shape.slice(rank) as [number, number]
  const positions = sizeOf(out.shape.slice(1, rank + 1))
  const taps = sizeOf(w.shape.slice(0, rank))
  const groups = Math.max(p.featureGroups, p.batchGroups)
  const own = outputs / groups
  const perSample = positions * taps * perGroup
  const atOnce = Math.max(1, Math.min(samples, Math.floor(mostPatches / Math.max(perSample * bytes, 1))))
  const numbers = geometry(x, w, out.shape, p)
  const [from, weights] = [numbersOf(machine, x), numbersOf(machine, w)]
  const text = patchesText(dtype, rank)
  const oneGroup = (patches: DeviceMemory, to: DeviceMemory, group: number): void => {
    const firstSample = p.batchGroups > 1 ? group * samples : 0
    const firstChannel = p.featureGroups > 1 ? group * perGroup : 0
    for (let first = 0; first < samples; first += atOnce) {
      const count = Math.min(atOnce, samples - first)
      const threads = count * perSample
      machine.run(text, threads, {
        v: [threads, from, patches, firstSample + first, channelsIn, firstChannel, perGroup, ...numbers],
      })
      product(
        machine,
        dtype,
        { memory: patches, transposed: false },
        { memory: weights, transposed: false, offset: group * own * bytes, row: outputs },
        { memory: to, offset: (first * positions * outputs + group * own) * bytes, row: outputs },
        { batch: 1, m: count * positions, n: own, k: taps * perGroup },
      )
    }
  }
  return [
    filledBy(machine, out, (to) => {
      if (taps * perGroup === 0) {
        machine.run(`((${cTypes[dtype]}*)a.v[1])[i] = 0;\n`, sizeOf(out.shape), {
          v: [sizeOf(out.shape), to],
        })
        return
      }
      const patches = machine.allocate(atOnce * perSample * bytes)
      try {
        for (let group = 0; group < groups; group++) oneGroup(patches, to, group)
      } finally {
        patches.release()
      }
    }),
  ]
}

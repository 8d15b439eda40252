import { allocate, allocateDirty, type FloatDType } from '../../dtype.js'
import { sizeOf, stridesOf } from '../../shape.js'
import { copyStrided } from '../copy.js'
import type { CpuContext, CpuRule } from '../rule.js'
import type { FloatArray } from '../wasm/index.js'
import { copyPatches, stagePatches, takesColumns, takesPatches } from '../wasm/patches.js'
import { depthwise } from './depthwise.js'
import { type ConvGeometry, fillPatches, placesOf, SLAB } from './patches.js'
import { product } from './product.js'
import { bySpreading, spreadOf } from './spread.js'

/** One block of channels and outputs that does not mix with others. */
interface Block {
  /** Places in x, in the columns of w and in the columns of the output. */
  readonly x: number
  readonly w: number
  readonly out: number
  readonly outs: number
}

function isPointwise(g: ConvGeometry): boolean {
  const ones = (list: readonly number[]): boolean => list.every((v) => v === 1)
  return (
    ones(g.window) &&
    ones(g.strides) &&
    ones(g.lhsDilation) &&
    g.inSizes.every((d, i) => d === g.outSizes[i] && g.low[i] === 0)
  )
}

export const convGeneralDilated: CpuRule<'convGeneralDilated'> = ([x, w], p, [output], context) => {
  const { shape, dtype } = output
  const rank = p.strides.length
  const perGroup = w.shape[rank] as number
  const outs = w.shape[rank + 1] as number
  const taps = sizeOf(w.shape.slice(0, rank))
  const depth = taps * perGroup
  const size = sizeOf(shape)
  if (size === 0 || depth === 0 || x.data.length === 0) return [allocate(dtype, size)]
  const out = allocateDirty(dtype, size) as FloatArray
  const strides = stridesOf(x.shape)
  const samples = shape[0] as number
  const g: ConvGeometry = {
    sampleStride: strides[0] as number,
    inSizes: x.shape.slice(1, -1),
    inStrides: strides.slice(1, -1),
    outSizes: shape.slice(1, -1),
    window: w.shape.slice(0, rank),
    strides: p.strides,
    low: p.padding.map((pair) => pair[0]),
    lhsDilation: p.lhsDilation,
    rhsDilation: p.rhsDilation,
  }
  const [data, weights] = [x.data as FloatArray, w.data as FloatArray]
  if (p.featureGroups > 1 && perGroup === 1 && outs <= 4 * p.featureGroups) {
    depthwise(g, data, weights, out, samples, p.featureGroups, outs)
    return [out]
  }
  const groups = Math.max(p.featureGroups, p.batchGroups)
  const width = outs / groups
  const blocks: Block[] = Array.from({ length: groups }, (_, i) => ({
    x: p.featureGroups > 1 ? i * perGroup : i * samples * (p.batchGroups > 1 ? g.sampleStride : 0),
    w: i * width,
    out: i * width,
    outs: width,
  }))
  const positions = sizeOf(g.outSizes)
  const rows = samples * positions
  const channels = x.shape[rank + 1] as number
  if (isPointwise(g)) {
    for (const b of blocks) {
      const a = { data, offset: b.x, ld: channels }
      product(
        context,
        rows,
        b.outs,
        perGroup,
        a,
        { data: weights, offset: b.w, ld: outs },
        { data: out, offset: b.out, ld: outs },
      )
    }
    return [out]
  }
  const spread = groups === 1 ? spreadOf(g, data, channels, outs, samples) : null
  if (spread !== null) {
    bySpreading(context, spread, data, channels, weights, out, outs, samples)
    return [out]
  }
  if (p.featureGroups > 1) {
    // Groups of channels apart from each other: each is then a convolution of its own on contiguous samples.
    const apart = [channels / perGroup, x.data.length / channels, perGroup]
    const moved = allocateDirty(dtype, x.data.length) as FloatArray
    copyStrided(data, 0, [perGroup, channels, 1], moved, 0, stridesOf(apart), apart)
    const own = stridesOf([...x.shape.slice(0, -1), perGroup])
    const regrouped = { ...g, sampleStride: own[0] as number, inStrides: own.slice(1, -1) }
    const moves = blocks.map((b, i) => ({ ...b, x: (i * x.data.length * perGroup) / channels }))
    byPatches(context, regrouped, moved, perGroup, weights, moves, out, outs)
  } else byPatches(context, g, data, perGroup, weights, blocks, out, outs)
  return [out]
}

const dtypeOf = (data: FloatArray): FloatDType => (data instanceof Float64Array ? 'float64' : 'float32')

/** Each block as products of the weights with patches, in slabs of bounded memory. */
function byPatches(
  context: CpuContext,
  g: ConvGeometry,
  data: FloatArray,
  perGroup: number,
  weights: FloatArray,
  blocks: readonly Block[],
  out: FloatArray,
  outs: number,
): void {
  const rows = out.length / outs
  const depth = sizeOf(g.window) * perGroup
  const tables = g.window.map((_, axis) => placesOf(g, axis))
  const slab = Math.max(1, Math.min(rows, Math.floor(SLAB / depth)))
  const fast = takesPatches(g, data)
  // Products by WebAssembly take the memory that patches are staged in.
  const inPlace = fast && context.blas() !== null
  const columns = inPlace && takesColumns(g, perGroup)
  const patches = allocateDirty(dtypeOf(data), inPlace ? 0 : slab * depth) as FloatArray
  const fill = fast ? copyPatches : fillPatches
  for (const b of blocks) {
    for (let first = 0; first < rows; first += slab) {
      const count = Math.min(slab, rows - first)
      let at = { data: patches, offset: 0 }
      if (inPlace) at = stagePatches(g, tables, data, b.x, perGroup, first, count, columns)
      else fill(g, tables, data, b.x, perGroup, first, count, patches)
      const a = { ...at, ld: columns ? count : depth, transposed: columns }
      const c = { data: out, offset: first * outs + b.out, ld: outs }
      product(context, count, b.outs, depth, a, { data: weights, offset: b.w, ld: outs }, c)
    }
  }
}

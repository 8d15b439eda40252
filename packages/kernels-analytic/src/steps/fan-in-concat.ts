import {
  add,
  concatenate,
  div,
  fullLike,
  greater,
  mul,
  NtkError,
  normalizeAxis,
  type Shape,
  showShape,
  slice,
  type Value,
  zerosLike,
} from '@ntk/tensor'
import { type Kernel, spatialRank } from '../kernel.js'
import { type Masks, refusingBut, type Sides } from '../places.js'
import { alike } from './alike.js'
import { type ArrayName, crossOf, relationOf } from './cross.js'
import { masksOfAll } from './masks.js'
import { elementsIn, type Flow, type StepRule } from './rule.js'
import { outerSource } from './shared-source.js'
import { variancesOf } from './spread.js'
import type { FanInConcatStep } from './step.js'

/** Sizes along an axis added up, an unknown one stays unknown. */
function joinedShape(shapes: readonly Shape[], axis: number): Shape {
  const [first] = shapes
  const at = first === undefined ? 0 : normalizeAxis('FanInConcat', axis, first.length)
  const fits = (shape: Shape): boolean =>
    shape.length === first?.length && shape.every((d, i) => i === at || d === first[i])
  if (first === undefined || !shapes.every(fits)) {
    throw new NtkError('shape', {
      what: `FanInConcat needs branches that agree on all axes but ${axis}.`,
      got: shapes.map(showShape).join(', ') || 'no branches',
    })
  }
  const sizes = shapes.map((shape) => shape[at] as number)
  return first.with(at, sizes.includes(-1) ? -1 : sizes.reduce((a, b) => a + b, 0))
}

/** Branches joined, along the channels, positions or samples. */
function concat(flow: Flow, axis: number): Kernel {
  const rank = flow[0]?.shape1.length ?? 1
  const at = normalizeAxis('FanInConcat', axis, rank)
  const first = alike('FanInConcat', flow, at)
  const source = flow.map(outerSource).find((outer) => outer !== undefined)
  if (flow.length === 1) return { ...first, source }
  const joined = at === first.channelAxis ? channels(flow) : blocks(flow, at)
  const shape = (side: 'shape1' | 'shape2'): Shape =>
    first[side].with(
      at,
      flow.reduce((total, k) => total + (k[side][at] as number), 0),
    )
  return { ...first, shape1: shape('shape1'), shape2: shape('shape2'), ...joined, source }
}

/** Channels of all branches side by side: K and Θ are means over them, weighted by the branches' widths. They are no longer alike. */
function channels(flow: Flow): Partial<Kernel> {
  const widths = flow.map((k) => k.shape1[k.channelAxis] as number)
  const total = widths.reduce((a, b) => a + b, 0)
  const averaged = (values: readonly (Value | null)[]): Value | null => {
    if (!values.every((value) => value !== null)) return null
    return div(
      values.map((value, i) => mul(value, widths[i] as number)).reduce((a, b) => add(a, b)),
      total,
    )
  }
  return {
    nngp: averaged(flow.map((k) => k.nngp)) as Value,
    ntk: averaged(flow.map((k) => k.ntk)),
    cov1: averaged(flow.map((k) => k.cov1)) as Value,
    cov2: averaged(flow.map((k) => k.cov2)),
    isGaussian: false,
    masks: masksOfChannels(flow),
    means: flow.every((k) => k.means === 'zero') ? 'zero' : undefined,
  }
}

/**
 * Positions (or samples) of all branches one after the other. Each branch's covariances are a block of the diagonal; beside them stand those
 * of two branches with each other, 0 where they are independent and of mean 0.
 */
function blocks(flow: Flow, at: number): Partial<Kernel> {
  const [first] = flow as readonly [Kernel, ...Flow]
  const { batchAxis, channelAxis, diagonalSpatial, diagonalBatch } = first
  const isBatch = at === batchAxis
  const place = at - [batchAxis, channelAxis].filter((axis) => axis < at).length
  const perAxis = diagonalSpatial ? 1 : 2
  const along = (name: ArrayName): { readonly axis: number; readonly paired: boolean } => {
    const isPair = name === 'nngp' || name === 'ntk'
    const samples = isPair || !diagonalBatch ? 2 : 1
    if (isBatch) return { axis: 0, paired: samples === 2 }
    return { axis: samples + perAxis * place, paired: !diagonalSpatial }
  }
  const needsCross = isBatch || !diagonalSpatial
  const relations = flow.map((a, i) =>
    flow.map((b, j) => (i === j || !needsCross ? null : relationOf('FanInConcat', a, b))),
  )
  const array = (name: ArrayName): Value | null => {
    const own = flow.map((k) => k[name])
    if (!own.every((value) => value !== null)) return null
    const { axis, paired } = along(name)
    if (!paired) return concatenate(own, axis)
    const rows = own.map((mine, i) => {
      const row = own.map((other, j): Value => {
        if (i === j) return mine
        const cross = crossOf(name, relations[i]?.[j] ?? null, first)
        return cross ?? emptyBlock(mine, other.shape[axis + 1] as number, axis + 1)
      })
      return concatenate(row, axis + 1)
    })
    return concatenate(rows, axis)
  }
  return {
    nngp: array('nngp') as Value,
    ntk: array('ntk'),
    cov1: array('cov1') as Value,
    cov2: array('cov2'),
    isGaussian: flow.every((k) => k.isGaussian),
    means: joinedMeans(flow, isBatch ? 0 : 1 + place),
    masks: joinedMasks(flow, isBatch ? 0 : 1 + place),
  }
}

/** Zeros like x, but for the size of an axis. */
function emptyBlock(x: Value, size: number, axis: number): Value {
  const before = new Array<null>(axis).fill(null)
  const one = fullLike(slice(x, ...before, [0, 1]), 0)
  return size === 1 ? one : concatenate<Value>(new Array<Value>(size).fill(one), axis)
}

/** Spatial axes that come in pairs. */
const layoutRank = (k: Kernel): number => (k.diagonalSpatial ? 0 : spatialRank(k))

function joinedMeans(flow: Flow, axis: number): Sides | 'zero' | undefined {
  if (flow.every((k) => k.means === 'zero')) return 'zero'
  if (flow.some((k) => k.means === undefined)) return undefined
  const side = (name: 'of1' | 'of2'): Value | null => {
    const each = flow.map((k): Value | null => {
      if (k.means !== 'zero') return (k.means as Sides)[name]
      const covariance = name === 'of1' ? k.cov1 : k.cov2
      return covariance === null ? null : zerosLike(variancesOf(covariance, layoutRank(k), k.diagonalBatch))
    })
    return each.every((value) => value !== null) ? concatenate(each, axis) : null
  }
  return { of1: side('of1') as Value, of2: side('of2') }
}

/** Padding is what is so in all branches; where they differ, single channels are. */
function masksOfChannels(flow: Flow): Masks | undefined {
  const all = masksOfAll(flow)
  const same = flow.every((k) => k.masks?.of1 === flow[0]?.masks?.of1 && k.masks?.of2 === flow[0]?.masks?.of2)
  return all === undefined || same ? all : { ...all, partial: true }
}

/** Masks one after the other, none where no branch has any. */
function joinedMasks(flow: Flow, axis: number): Masks | undefined {
  if (flow.every((k) => k.masks === undefined)) return undefined
  const side = (name: 'of1' | 'of2'): Value | null => {
    const each = flow.map((k): Value | null => {
      if (k.masks !== undefined) return k.masks[name]
      const covariance = name === 'of1' ? k.cov1 : k.cov2
      if (covariance === null) return null
      return greater(zerosLike(variancesOf(covariance, layoutRank(k), k.diagonalBatch)), 0)
    })
    return each.every((value) => value !== null) ? concatenate(each, axis) : null
  }
  return { of1: side('of1') as Value, of2: side('of2'), partial: flow.some((k) => k.masks?.partial ?? false) }
}

export const fanInConcatRule: StepRule<FanInConcatStep> = {
  name: () => 'FanInConcat',
  places: () => refusingBut({ means: 'carries', source: 'consumes', masks: 'carries' }),
  spatial: () => 'same',
  shapes: ({ axis }, shapes) => [joinedShape(shapes, axis)],
  hyperparameters: () => ({}),
  evaluate: ({ axis }, flow) => [concat(flow, axis)],
  operations: (_step, work) => elementsIn(work) * (work.ntk ? 2 : 1),
  mixesSamples: ({ axis }) => axis === 0,
}

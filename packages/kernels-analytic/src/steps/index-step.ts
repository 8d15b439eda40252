import { NtkError, reshape, type Shape, showShape, type Value } from '@ntk/tensor'
import { requireInteger, requireList, requireValue } from '@ntk/tensor/options'
import { type Kernel, spatialRank } from '../kernel.js'
import { refusingBut, type Sides } from '../places.js'
import { along, mapSpace, type SpaceMaps } from './axis-maps.js'
import { entriesOf, type IndexEntry, type Indexed, indexed, isWhole } from './index-positions.js'
import { one, oneShape } from './one.js'
import { elementsIn, type StepRule } from './rule.js'
import { sourceOfMap } from './source-of-map.js'
import type { IndexStep } from './step.js'

/** x at an index, as Python has it: what is left of every axis. Throws NtkError 'shape' or 'index'. */
export function indexValue<V extends Value>(x: V, idx: readonly IndexEntry[]): V {
  requireValue(x, 'x of indexValue')
  requireList(idx, 'idx of indexValue')
  const left = entriesOf(idx, x.shape.length).map((entry, axis) =>
    isWhole(entry) ? null : indexed(entry, x.shape[axis] as number, x.shape),
  )
  const picked = left.reduce(
    (y: V, here, axis) => (here === null ? y : along(y, axis, { kind: 'pick', at: here.at })),
    x,
  )
  return reshape(picked, sizesAfter(x.shape, left))
}

/** The shape that `indexValue` gives; an unknown size of -1 stays. */
export function indexedShape(shape: Shape, idx: readonly IndexEntry[]): Shape {
  requireList(shape, 'The shape of indexedShape')
  for (const size of shape) requireInteger(size, 'Each size of the shape of indexedShape', -1)
  requireList(idx, 'idx of indexedShape')
  const left = entriesOf(idx, shape.length).map((entry, axis) =>
    isWhole(entry) || shape[axis] === -1 ? null : indexed(entry, shape[axis] as number, shape),
  )
  return sizesAfter(shape, left)
}

function refused(what: string, fix: string): NtkError {
  return new NtkError('requirement', { what: `The kernel of Index ${what}`, fix })
}

/** What is left of every axis of a shape; null: all. Throws NtkError 'shape' where nothing is, 'requirement' where samples or channels go. */
function leftOf(
  { idx }: IndexStep,
  shape: Shape,
  batchAxis: number,
  channelAxis: number,
): readonly (Indexed | null)[] {
  return entriesOf(idx, shape.length).map((entry, axis) => {
    if (isWhole(entry)) return null
    if (axis === channelAxis) {
      throw refused(
        'takes all channels: of infinitely many that are alike, some are as good as all.',
        'Leave the channels whole, with [null].',
      )
    }
    if (axis === batchAxis && typeof entry === 'number') {
      throw refused('needs samples.', 'Take one sample as a list, [0, 1] in place of 0.')
    }
    const size = shape[axis] as number
    if (size === -1) return null
    const left = indexed(entry, size, shape)
    if (left.at.length > 0) return left
    throw new NtkError('shape', {
      what: 'Index needs to leave something of every axis.',
      got: `nothing of axis ${axis} of ${showShape(shape)}`,
    })
  })
}

const sizesAfter = (shape: Shape, left: readonly (Indexed | null)[]): Shape =>
  shape.flatMap((d, axis) => {
    const here = left[axis] ?? null
    if (here === null) return [d]
    return here.gone ? [] : [here.at.length]
  })

/** Positions and samples picked: K' = K at them, on both sides. Channels stay what they are. */
function index(kernel: Kernel, step: IndexStep): Kernel {
  const { batchAxis, channelAxis, shape1, shape2 } = kernel
  const left1 = leftOf(step, shape1, batchAxis, channelAxis)
  const left2 = leftOf(step, shape2, batchAxis, channelAxis)
  const samples1 = left1[batchAxis] ?? null
  const samples2 = left2[batchAxis] ?? null
  if ((samples1 !== null || samples2 !== null) && !indexMixesSamples(step)) {
    throw refused('needs to know where the samples are.', `Say it with the option batchAxis: ${batchAxis}.`)
  }
  const space = left1.filter((_, axis) => axis !== batchAxis && axis !== channelAxis)
  const maps: SpaceMaps = space.map((here) => (here === null ? null : { kind: 'pick', at: here.at }))
  const mapped = { ...kernel, ...mapSpace(kernel, maps) }
  const gone = space.map((here) => here?.gone ?? false)
  const dropped = (x: Value, samples: number, pairs: 1 | 2): Value => {
    if (!gone.includes(true)) return x
    const stays = x.shape.filter((_, axis) => axis < samples || !gone[Math.floor((axis - samples) / pairs)])
    return reshape(x, stays)
  }
  const pairs = kernel.diagonalSpatial ? 1 : 2
  const own = kernel.diagonalBatch ? 1 : 2
  const pick = (x: Value, axis: number, of: Indexed | null): Value =>
    of === null ? x : along(x, axis, { kind: 'pick', at: of.at })
  const pairwise = (x: Value): Value => pick(pick(dropped(x, 2, pairs), 0, samples1), 1, samples2)
  const self = (x: Value, of: Indexed | null): Value => {
    const first = pick(dropped(x, own, pairs), 0, of)
    return own === 1 ? first : pick(first, 1, of)
  }
  const { means, masks } = mapped
  const sides = <S extends Sides>({ of1, of2, ...others }: S): S =>
    ({
      ...others,
      of1: pick(dropped(of1, 1, 1), 0, samples1),
      of2: of2 === null ? null : pick(dropped(of2, 1, 1), 0, samples2),
    }) as unknown as S
  const [shapeAfter1, shapeAfter2] = [sizesAfter(shape1, left1), sizesAfter(shape2, left2)]
  const before = (axis: number): number => axis - left1.slice(0, axis).filter((here) => here?.gone).length
  const rank = spatialRank(kernel) - gone.filter(Boolean).length
  return {
    ...mapped,
    nngp: pairwise(mapped.nngp),
    ntk: mapped.ntk === null ? null : pairwise(mapped.ntk),
    cov1: self(mapped.cov1, samples1),
    cov2: mapped.cov2 === null ? null : self(mapped.cov2, samples2),
    means: means === undefined || means === 'zero' ? means : sides(means),
    masks: masks === undefined ? undefined : sides(masks),
    shape1: shapeAfter1,
    shape2: shapeAfter2,
    batchAxis: before(batchAxis),
    channelAxis: before(channelAxis),
    diagonalSpatial: kernel.diagonalSpatial || rank === 0,
    source: sourceOfMap(kernel),
  }
}

/** Whether it picks samples, so that a block of pairs does not hold its result; where '...' leaves that open, it may. */
function indexMixesSamples({ idx, batchAxis = 0 }: IndexStep): boolean {
  const fromEnd = batchAxis < 0
  const list = fromEnd ? [...idx].reverse() : idx
  const axis = fromEnd ? -1 - batchAxis : batchAxis
  const dots = list.indexOf('...')
  if (dots === -1 || axis <= dots) {
    const entry = list[axis]
    return entry !== undefined && entry !== '...' && !isWhole(entry)
  }
  return list.slice(dots).some((entry) => entry !== '...' && !isWhole(entry))
}

export const indexRule: StepRule<IndexStep> = {
  name: ({ layer }) => layer,
  places: () => refusingBut({ means: 'carries', source: 'carries', masks: 'carries' }),
  spatial: () => 'same',
  shapes: (step, shapes) => {
    const shape = oneShape(shapes, step.layer)
    return [sizesAfter(shape, leftOf(step, shape, 0, shape.length - 1))]
  },
  hyperparameters: () => ({}),
  evaluate: (step, flow) => [index(one(flow, step.layer), step)],
  operations: (_step, work) => elementsIn(work) * (work.ntk ? 2 : 1),
  mixesSamples: indexMixesSamples,
}

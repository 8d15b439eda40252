import { type DType, type ReduceParams, sizeOf } from '@ntk/tensor'
import { filled, type Tf, type TfDType, type TfRule, type TfTensor } from './rule.js'
import { transpose } from './transpose.js'

/** Keys and the places they came from, [lines, n] with n a power of two. */
interface Lines {
  readonly keys: TfTensor
  readonly places: TfTensor
}

const each = ({ keys, places }: Lines, f: (t: TfTensor) => TfTensor): Lines => ({
  keys: f(keys),
  places: f(places),
})

/** Whether element b must stand before element a: smaller, NaN last, and of equal ones the earlier first. */
function outOfOrder(tf: Tf, a: Lines, b: Lines): TfTensor {
  const later = tf.greater(a.places, b.places)
  const tied = tf.logicalAnd(tf.equal(a.keys, b.keys), later)
  const greater = tf.logicalOr(tf.greater(a.keys, b.keys), tied)
  if (a.keys.dtype !== 'float32') return greater
  const [aNaN, bNaN] = [tf.notEqual(a.keys, a.keys), tf.notEqual(b.keys, b.keys)]
  const ordered = tf.logicalOr(tf.logicalNot(bNaN), later)
  return tf.logicalOr(greater, tf.logicalAnd(aNaN, ordered))
}

/**
 * Compares element i of each half of blocks of 2 · reach with its partner in the other half: the one as far behind the middle
 * as i is before it where `mirrored` (the first pass over two sorted halves), else the one `reach` further.
 */
function compareHalves(tf: Tf, lines: Lines, reach: number, mirrored: boolean): Lines {
  const size = lines.keys.size
  const halves = each(lines, (t) => tf.reshape(t, [size / (2 * reach), 2, reach]))
  const half = (which: number): Lines =>
    each(halves, (t) => tf.reshape(tf.slice(t, [0, which, 0], [-1, 1, -1]), [size / (2 * reach), reach]))
  const turn = (part: Lines): Lines => (mirrored && reach > 1 ? each(part, (t) => tf.reverse(t, 1)) : part)
  const [a, b] = [half(0), turn(half(1))]
  const swap = outOfOrder(tf, a, b)
  const pick = (yes: Lines, no: Lines): Lines => ({
    keys: tf.where(swap, yes.keys, no.keys),
    places: tf.where(swap, yes.places, no.places),
  })
  const [first, second] = [pick(b, a), turn(pick(a, b))]
  const join = (x: TfTensor, y: TfTensor): TfTensor => tf.reshape(tf.stack([x, y], 1), lines.keys.shape)
  return { keys: join(first.keys, second.keys), places: join(first.places, second.places) }
}

/** A bitonic network (Batcher 1968): its comparisons do not depend on the numbers, so that it is made of elementwise ops. */
function sortLines(tf: Tf, lines: Lines, n: number): Lines {
  let sorted = lines
  for (let block = 2; block <= n; block *= 2) {
    sorted = compareHalves(tf, sorted, block / 2, true)
    for (let reach = block / 4; reach >= 1; reach /= 2) sorted = compareHalves(tf, sorted, reach, false)
  }
  return sorted
}

/** Along an axis: [lines, n] in order, with the axis last. */
function sortedAlong(tf: Tf, x: TfTensor, axis: number): Lines {
  const n = x.shape[axis] as number
  const [before, after] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))]
  const parts = tf.reshape(x, [before, n, after])
  const turned = after === 1 ? parts : transpose(tf, parts, [0, 2, 1])
  const keys = tf.reshape(turned, [before * after, n])
  const wide = 2 ** Math.ceil(Math.log2(n))
  // tfjs pads int32 through float32, which the largest number does not survive
  const [dtype, last] =
    x.dtype === 'int32' ? (['int32', 2 ** 31 - 1] as const) : (['float32', Number.NaN] as const)
  const filler = filled(tf, { shape: [before * after, wide - n], dtype }, last)
  const padded = wide === n ? keys : tf.concat([keys, filler], 1)
  const places = tf.tile(tf.reshape(tf.range(0, wide, 1, 'int32'), [1, wide]), [before * after, 1])
  const sorted = sortLines(tf, { keys: padded, places }, wide)
  return each(sorted, (t) => {
    const cut = tf.reshape(tf.slice(t, [0, 0], [-1, n]), [before, after, n])
    return tf.reshape(after === 1 ? cut : transpose(tf, cut, [0, 2, 1]), x.shape)
  })
}

/** tfjs' own top-k orders equal numbers and NaN differently from device to device. */
function sorting(part: keyof Lines): TfRule<1, ReduceParams['sort']> {
  const dtypes: readonly DType[] = ['float32', 'int32']
  return {
    dtypes,
    kernels: [
      'Slice',
      'Reverse',
      'Greater',
      'Equal',
      'NotEqual',
      'LogicalOr',
      'Select',
      'Pack',
      'Tile',
      'Concat',
      'Fill',
    ],
    run: (tf, [x], { axis }) => {
      if (x.size === 0) return [tf.tensor([], x.shape, part === 'places' ? 'int32' : (x.dtype as TfDType))]
      return [sortedAlong(tf, x, axis)[part]]
    },
  }
}

export const sort: TfRule<1, ReduceParams['sort']> = sorting('keys')
export const argSort: TfRule<1, ReduceParams['argSort']> = sorting('places')

import { NtkError } from './errors.js'
import { show } from './options/show.js'

export type Shape = readonly number[]

function needList(op: string, shape: Shape): void {
  if (!Array.isArray(shape)) checkShape(op, shape)
}

export function sizeOf(shape: Shape): number {
  needList('sizeOf', shape)
  let size = 1
  for (const d of shape) size *= d
  return size
}

export function showShape(shape: Shape): string {
  return Array.isArray(shape) && shape.every((d) => typeof d === 'number')
    ? `[${shape.join(', ')}]`
    : show(shape)
}

export function sameShape(a: Shape, b: Shape): boolean {
  needList('sameShape', a)
  needList('sameShape', b)
  return a.length === b.length && a.every((d, i) => d === b[i])
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  needList('stridesOf', shape)
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step
    step *= shape[i] as number
  }
  return strides
}

/** Throws unless every entry is a non-negative integer. */
export function checkShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape)) {
    throw new NtkError('shape', {
      what: `${op} needs a shape, a list of non-negative integers.`,
      got: show(shape),
      fix: typeof shape === 'number' ? `Write [${show(shape)}].` : undefined,
    })
  }
  for (const d of shape) {
    if (!Number.isSafeInteger(d) || d < 0) {
      throw new NtkError('shape', {
        what: `${op} needs a shape of non-negative integers.`,
        got: showShape(shape),
      })
    }
  }
}

/** The axis as a number in [0, rank); negative axes count from the end. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const a = Number.isInteger(axis) && axis < 0 ? axis + rank : axis
  if (!Number.isInteger(axis) || a < 0 || a >= rank) {
    throw new NtkError('axis', {
      what: `${op} needs an axis in [${-rank}, ${rank - 1}] for a tensor of rank ${rank}.`,
      got: show(axis),
    })
  }
  return a
}

/** Distinct axes in ascending order; all axes where `axes` is absent. */
export function normalizeAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i)
  const list = (Array.isArray(axes) ? axes : [axes as number]).map((a: number) => normalizeAxis(op, a, rank))
  const sorted = [...list].sort((a, b) => a - b)
  if (new Set(sorted).size !== sorted.length) {
    throw new NtkError('axis', { what: `${op} needs distinct axes.`, got: showShape(list) })
  }
  return sorted
}

/** The common shape of operands under trailing-aligned broadcasting. */
export function broadcastShapes(op: string, ...shapes: readonly Shape[]): number[] {
  for (const shape of shapes) needList(op, shape)
  const rank = Math.max(0, ...shapes.map((s) => s.length))
  const out = new Array<number>(rank).fill(1)
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i
      const d = shape[i] as number
      if (d === 1) continue
      if (out[at] !== 1 && out[at] !== d) {
        throw new NtkError('shape', {
          what: `${op} needs shapes that broadcast (equal, or 1, counted from the last axis).`,
          got: shapes.map(showShape).join(' and '),
        })
      }
      out[at] = d
    }
  }
  return out
}

/** The flat index, in an array of shape `from`, of every element of `shape`, to which it broadcasts. */
export function broadcastIndices(from: Shape, shape: Shape): Int32Array {
  const size = sizeOf(shape)
  const out = new Int32Array(size)
  let block = size
  let stride = sizeOf(from)
  shape.forEach((d, axis) => {
    const own = from[axis - shape.length + from.length] ?? 1
    block /= d
    if (own === 1) return
    stride /= own
    for (let i = 0; i < size; i++) out[i] = (out[i] as number) + (Math.floor(i / block) % d) * stride
  })
  return out
}

import type { Aval } from '../aval.js'
import { checkDType, isFloat } from '../dtype.js'
import { NtkError } from '../errors.js'
import { show } from '../options/show.js'
import type { ShapeParams } from '../primitives.js'
import {
  broadcastShapes,
  checkShape,
  normalizeAxes,
  normalizeAxis,
  sameShape,
  showShape,
  sizeOf,
} from '../shape.js'
import { commonDType, type InferTable, needDType, needSameDType, numbers, shapeError } from './rule.js'

function perAxis(name: string, x: Aval, lists: readonly (readonly unknown[])[]): void {
  for (const list of lists) {
    if (list.length !== x.shape.length) {
      throw new NtkError('axis', {
        what: `${name} needs one entry an axis of ${showShape(x.shape)}.`,
        got: `${list.length} entries`,
      })
    }
  }
}

/** Shape of gather's output and, for scatterAdd, of its updates. */
function gathered(name: string, x: Aval, indices: Aval, axis: number, batchDims: number): number[] {
  needDType(name, indices, ['int32'])
  const a = normalizeAxis(name, axis, x.shape.length)
  const batch = x.shape.slice(0, batchDims)
  if (
    batchDims > a ||
    batchDims > indices.shape.length ||
    !sameShape(batch, indices.shape.slice(0, batchDims))
  ) {
    throw shapeError(name, `needs ${batchDims} equal leading batch axes before its axis ${a}`, x, indices)
  }
  return [...x.shape.slice(0, a), ...indices.shape.slice(batchDims), ...x.shape.slice(a + 1)]
}

export const shaping: InferTable<keyof ShapeParams> = {
  reshape: ([x], { shape }, name) => {
    checkShape(name, shape)
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw shapeError(name, `to ${showShape(shape)} needs ${sizeOf(shape)} elements`, x)
    }
    return [{ shape: [...shape], dtype: x.dtype }]
  },
  transpose: ([x], { perm }, name) => {
    perAxis(name, x, [perm])
    normalizeAxes(name, perm, x.shape.length)
    return [{ shape: perm.map((p) => x.shape[p] as number), dtype: x.dtype }]
  },
  broadcastTo: ([x], { shape }, name) => {
    checkShape(name, shape)
    if (!sameShape(broadcastShapes(name, x.shape, shape), shape)) {
      throw shapeError(name, `cannot give ${showShape(shape)}`, x)
    }
    return [{ shape: [...shape], dtype: x.dtype }]
  },
  slice: ([x], { start, limit, strides }, name) => {
    perAxis(name, x, [start, limit, strides])
    const shape = x.shape.map((d, i) => {
      const [lo, hi, step] = [start[i] as number, limit[i] as number, strides[i] as number]
      if (
        !(Number.isInteger(lo) && Number.isInteger(hi) && Number.isInteger(step)) ||
        lo < 0 ||
        hi < lo ||
        hi > d ||
        step < 1
      ) {
        throw new NtkError('index', {
          what: `${name} needs 0 <= start <= limit <= ${d} and a positive stride on axis ${i} of ${showShape(x.shape)}.`,
          got: `start ${lo}, limit ${hi}, stride ${step}`,
        })
      }
      return Math.ceil((hi - lo) / step)
    })
    return [{ shape, dtype: x.dtype }]
  },
  pad: ([x], { low, high, interior }, name) => {
    perAxis(name, x, [low, high, interior])
    const shape = x.shape.map((d, i) => {
      const gaps = interior[i] as number
      const size = (low[i] as number) + (high[i] as number) + (d === 0 ? 0 : d + (d - 1) * gaps)
      if (!Number.isInteger(size) || size < 0 || gaps < 0) {
        throw new NtkError('shape', {
          what: `${name} needs a non-negative size on axis ${i} of ${showShape(x.shape)} and interior >= 0.`,
          got: `low ${low[i]}, high ${high[i]}, interior ${gaps}`,
        })
      }
      return size
    })
    return [{ shape, dtype: x.dtype }]
  },
  concatenate: (inputs, { axis }, name) => {
    const [first] = inputs
    if (first === undefined) throw new NtkError('value', { what: 'concatenate needs at least one tensor.' })
    const dtype = needSameDType(name, first.dtype, inputs)
    const a = normalizeAxis(name, axis, first.shape.length)
    let total = 0
    for (const x of inputs) {
      if (x.shape.length !== first.shape.length || x.shape.some((d, i) => i !== a && d !== first.shape[i])) {
        throw shapeError(name, `needs shapes that agree but on axis ${a}`, first, x)
      }
      total += x.shape[a] as number
    }
    return [{ shape: first.shape.map((d, i) => (i === a ? total : d)), dtype }]
  },
  reverse: ([x], { axes }, name) => {
    normalizeAxes(name, axes, x.shape.length)
    return [{ shape: x.shape, dtype: x.dtype }]
  },
  iota: (_, { dtype, shape, axis }, name) => {
    checkShape(name, shape)
    checkDType(name, dtype)
    normalizeAxis(name, axis, shape.length)
    needDType(name, { shape, dtype }, numbers)
    return [{ shape: [...shape], dtype }]
  },
  full: (_, { dtype, shape, value }, name) => {
    checkShape(name, shape)
    checkDType(name, dtype)
    const held =
      (isFloat(dtype) && typeof value === 'number') ||
      (Number.isInteger(value) && (dtype === 'int32' ? value === (value | 0) : value === 0 || value === 1))
    if (!held)
      throw new NtkError('value', { what: `${name} needs a value that ${dtype} holds.`, got: show(value) })
    return [{ shape: [...shape], dtype }]
  },
  gather: ([x, indices], { axis, batchDims }, name) => [
    { shape: gathered(name, x, indices, axis, batchDims), dtype: x.dtype },
  ],
  scatterAdd: ([x, indices, updates], { axis, batchDims }, name) => {
    needDType(name, x, numbers)
    commonDType(name, [x, updates])
    const expected = gathered(name, x, indices, axis, batchDims)
    if (!sameShape(expected, updates.shape))
      throw shapeError(name, `needs updates of shape ${showShape(expected)}`, updates)
    return [{ shape: x.shape, dtype: x.dtype }]
  },
}

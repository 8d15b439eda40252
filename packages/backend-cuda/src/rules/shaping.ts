import { type Aval, type DType, NtkError, type ShapeParams, sizeOf, stridesOf } from '@ntk/tensor'
import { numbersOf } from '../fuse.js'
import { broadcastStrides, collapse } from '../layout.js'
import type { Machine } from '../machine.js'
import type { DeviceMemory } from '../memory.js'
import { cTypes } from '../text/types.js'
import { Value } from '../value.js'
import { type CudaTable, everywhere, filledBy, picked, stored } from './rule.js'

/** The numbers of `from` at `offset + coordinates · strides` of memory. */
function putInto(
  machine: Machine,
  from: Value,
  to: DeviceMemory,
  offset: number,
  strides: readonly number[],
): void {
  const memory = numbersOf(machine, from)
  const { sizes, strides: joined } = collapse(from.shape, [strides])
  const [own] = joined as [readonly number[]]
  const v: (DeviceMemory | number)[] = [from.size, memory, to, offset]
  const lines = ['i64 r = i; i64 place = (i64)a.v[3];']
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const k = v.push(sizes[axis] as number, own[axis] as number) - 2
    lines.push(`place += (r % (i64)a.v[${k}]) * (i64)a.v[${k + 1}]; r /= (i64)a.v[${k}];`)
  }
  const type = cTypes[from.dtype]
  lines.push(`((${type}*)a.v[2])[place] = ((const ${type}*)a.v[1])[i];`)
  machine.run(`${lines.join('\n')}\n`, from.size, { v })
}

/** One number everywhere in new memory. */
function filled(machine: Machine, out: Aval, number: number): DeviceMemory {
  const value = everywhere(out, number)
  try {
    return numbersOf(machine, value).hold()
  } finally {
    value.release()
  }
}

/** Where rows of a gather come from, or updates go to: [batch, before, n, after] and `count` indices a batch. */
function geometry(shape: readonly number[], indices: Value, axis: number, batchDims: number) {
  return {
    batch: sizeOf(shape.slice(0, batchDims)),
    before: sizeOf(shape.slice(batchDims, axis)),
    n: shape[axis] as number,
    after: sizeOf(shape.slice(axis + 1)),
    count: sizeOf(indices.shape.slice(batchDims)),
  }
}

/** Throws NtkError 'index' unless every index lies in [0, n). Reads them: indices are few, and a wrong one is another tensor's memory. */
function checkIndices(machine: Machine, name: string, indices: Value, n: number): DeviceMemory {
  const memory = numbersOf(machine, indices)
  const host = new Int32Array(indices.size)
  machine.download(memory, host)
  const wrong = host.find((i) => i < 0 || i >= n)
  if (wrong !== undefined)
    throw new NtkError('index', { what: `${name} needs indices in [0, ${n}).`, got: String(wrong) })
  return memory
}

const gatherText = (dtype: DType): string => `
const i64 q = i % (i64)a.v[7]; i64 r = i / (i64)a.v[7];
const i64 k = r % (i64)a.v[6]; r /= (i64)a.v[6];
const i64 batch = r / (i64)a.v[4];
const i64 row = ((const int*)a.v[2])[batch * (i64)a.v[6] + k];
((${cTypes[dtype]}*)a.v[3])[i] = ((const ${cTypes[dtype]}*)a.v[1])[(r * (i64)a.v[5] + row) * (i64)a.v[7] + q];
`

/** One thread an element of the operand: it looks through all indices, so that sums have one order. */
const scatterText = (dtype: DType): string => {
  const type = cTypes[dtype]
  const sum = dtype === 'int32' ? 'total = (int)((u32)total + (u32)u);' : 'total += u;'
  return `
const i64 q = i % (i64)a.v[8]; i64 r = i / (i64)a.v[8];
const i64 row = r % (i64)a.v[6]; r /= (i64)a.v[6];
const int* indices = (const int*)a.v[2] + r / (i64)a.v[5] * (i64)a.v[7];
const ${type}* updates = (const ${type}*)a.v[3] + r * (i64)a.v[7] * (i64)a.v[8] + q;
${type} total = ((const ${type}*)a.v[1])[i];
for (i64 k = 0; k < (i64)a.v[7]; k++) if (indices[k] == row) { const ${type} u = updates[k * (i64)a.v[8]]; ${sum} }
((${type}*)a.v[4])[i] = total;
`
}

export const shaping: CudaTable<keyof ShapeParams> = {
  reshape: (machine, [x], _, [out]) => {
    if (x.source.kind === 'everywhere') return [everywhere(out, x.source.number)]
    return [stored(numbersOf(machine, x).hold(), out)]
  },
  transpose: (machine, [x], { perm }, [out]) => {
    if (x.source.kind === 'everywhere') return [everywhere(out, x.source.number)]
    const strides = stridesOf(x.shape)
    const permuted = perm.map((axis) => strides[axis] as number)
    return [picked(machine, x, out, 0, permuted)]
  },
  broadcastTo: (machine, [x], _, [out]) => {
    if (x.source.kind === 'everywhere') return [everywhere(out, x.source.number)]
    return [picked(machine, x, out, 0, broadcastStrides(x.shape, out.shape.length))]
  },
  slice: (machine, [x], { start, strides: steps }, [out]) => {
    if (x.source.kind === 'everywhere') return [everywhere(out, x.source.number)]
    const strides = stridesOf(x.shape)
    const offset = start.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0)
    const scaled = strides.map((stride, axis) => stride * (steps[axis] as number))
    return [picked(machine, x, out, offset, scaled)]
  },
  reverse: (machine, [x], { axes }, [out]) => {
    if (x.source.kind === 'everywhere') return [everywhere(out, x.source.number)]
    const strides = stridesOf(x.shape)
    const last = (axis: number): number => ((x.shape[axis] as number) - 1) * (strides[axis] as number)
    const offset = axes.reduce((sum, axis) => sum + last(axis), 0)
    const signed = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride))
    return [picked(machine, x, out, offset, signed)]
  },
  pad: (machine, [x], { low, interior, value }, [out]) => {
    const target = stridesOf(out.shape)
    // what negative padding cuts off is left out first
    const first = low.map((l, axis) => Math.max(0, Math.ceil(-l / ((interior[axis] as number) + 1))))
    const kept = x.shape.map((size, axis) => {
      const step = (interior[axis] as number) + 1
      const last = Math.floor(((out.shape[axis] as number) - 1 - (low[axis] as number)) / step)
      return Math.max(0, Math.min(size - 1, last) - (first[axis] as number) + 1)
    })
    const own = stridesOf(x.shape)
    const offsetIn = first.reduce((sum, at, axis) => sum + at * (own[axis] as number), 0)
    const part = picked(machine, x, { shape: kept, dtype: x.dtype }, offsetIn, own)
    const steps = target.map((stride, axis) => stride * ((interior[axis] as number) + 1))
    const start = target.reduce((sum, stride, axis) => {
      const step = (interior[axis] as number) + 1
      return sum + stride * ((low[axis] as number) + (first[axis] as number) * step)
    }, 0)
    try {
      const result = stored(filled(machine, out, value), out)
      try {
        putInto(machine, part, numbersOf(machine, result), start, steps)
      } catch (error) {
        result.release()
        throw error
      }
      return [result]
    } finally {
      part.release()
    }
  },
  concatenate: (machine, inputs, { axis }, [out]) => {
    const strides = stridesOf(out.shape)
    return [
      filledBy(machine, out, (memory) => {
        let at = 0
        for (const x of inputs) {
          putInto(machine, x, memory, at * (strides[axis] as number), strides)
          at += x.shape[axis] as number
        }
      }),
    ]
  },
  iota: (_machine, _inputs, { axis }, [out]) => {
    const inner = sizeOf(out.shape.slice(axis + 1))
    const length = out.shape[axis] as number
    return [new Value(out.shape, out.dtype, { kind: 'places', inner, length })]
  },
  full: (_machine, _inputs, { value }, [out]) => [everywhere(out, rounded(value, out.dtype))],
  gather: (machine, [x, indices], { axis, batchDims }, [out]) => {
    const { before, n, after, count } = geometry(x.shape, indices, axis, batchDims)
    const places = checkIndices(machine, 'gather', indices, n)
    const size = sizeOf(out.shape)
    const from = numbersOf(machine, x)
    return [
      filledBy(machine, out, (memory) =>
        machine.run(gatherText(x.dtype), size, { v: [size, from, places, memory, before, n, count, after] }),
      ),
    ]
  },
  scatterAdd: (machine, [x, indices, updates], { axis, batchDims }, [out]) => {
    const { before, n, after, count } = geometry(x.shape, indices, axis, batchDims)
    const places = checkIndices(machine, 'scatterAdd', indices, n)
    const [from, added] = [numbersOf(machine, x), numbersOf(machine, updates)]
    return [
      filledBy(machine, out, (memory) =>
        machine.run(scatterText(x.dtype), x.size, {
          v: [x.size, from, places, added, memory, before, n, count, after],
        }),
      ),
    ]
  },
}

/** A number as its dtype holds it. */
function rounded(value: number, dtype: DType): number {
  if (dtype === 'float32') return Math.fround(value)
  if (dtype === 'bool') return Number(value !== 0)
  return dtype === 'int32' ? value | 0 : value
}

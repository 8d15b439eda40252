import { allocate, type DType, type TypedArray } from '../dtype.js'
import { type Shape, sizeOf } from '../shape.js'
import type { Fill, Operand } from './case.js'

/** Numbers in [0, 1) from a seed (mulberry32): the suite's data are the same everywhere. */
export function generator(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const specialFloats = [
  0,
  -0,
  1,
  -1,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  1e-3,
  -7.25,
  1e-30,
  1e30,
  -1e30,
  30,
  -30,
  0.75,
  88,
  -88,
  2,
]
const specialIntegers = [
  0, 1, -1, 2147483647, -2147483648, 2147483646, 65536, -65536, 46341, -46341, 7, -7, 1000003, 123456789,
]

/** n×n matrices with eigenvalues from 1 up, spread apart. */
function definite(shape: Shape, next: () => number): Float64Array {
  const n = shape.at(-1) ?? 0
  const out = new Float64Array(sizeOf(shape))
  for (let base = 0; base < out.length; base += n * n) {
    const g = Float64Array.from({ length: n * n }, () => 2 * next() - 1)
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let s = i === j ? 1 + 2 * i : 0
        for (let k = 0; k < n; k++) s += ((g[i * n + k] as number) * (g[j * n + k] as number)) / n
        out[base + i * n + j] = s
      }
    }
  }
  return out
}

function float(fill: Fill, i: number, next: () => number, n: number): number {
  if (typeof fill !== 'string') return fill[i % fill.length] as number
  switch (fill) {
    case 'normal':
      return (2 * next() - 1) * 2
    case 'positive':
      return 0.25 + 2 * next()
    case 'unit':
      return (2 * next() - 1) * 0.95
    case 'ties':
      return Math.floor(next() * 4) - 1
    case 'special':
      return specialFloats[Math.floor(next() * specialFloats.length)] as number
    case 'dominant':
      return 2 * next() - 1 + (Math.floor(i / n) % n === i % n ? n + 1 : 0)
    case 'definite':
      return 0
  }
}

function integer(fill: Fill, i: number, next: () => number): number {
  if (typeof fill !== 'string') return fill[i % fill.length] as number
  if (fill === 'special') return specialIntegers[Math.floor(next() * specialIntegers.length)] as number
  if (fill === 'ties') return Math.floor(next() * 4) - 1
  const v = Math.floor(next() * 19) - 9
  return fill === 'positive' ? Math.abs(v) + 1 : v
}

/** The data of one operand. */
export function fillOperand(operand: Operand, dtype: DType, next: () => number): TypedArray {
  const data = allocate(dtype, sizeOf(operand.shape))
  if (operand.fill === 'definite') {
    data.set(definite(operand.shape, next))
    return data
  }
  const n = operand.shape.at(-1) ?? 1
  for (let i = 0; i < data.length; i++) {
    if (dtype === 'bool')
      data[i] =
        typeof operand.fill === 'string'
          ? Math.floor(next() * 2)
          : Number(operand.fill[i % operand.fill.length] !== 0)
    else if (dtype === 'int32') data[i] = integer(operand.fill, i, next)
    else data[i] = float(operand.fill, i, next, n)
  }
  return data
}

import { allocate, allocateDirty, isFloat, type TypedArray } from '../../dtype.js'
import type { HostTensor } from '../../reference/host.js'
import { type Shape, sizeOf, stridesOf } from '../../shape.js'
import { copyStrided } from '../copy.js'
import { walk } from '../loops.js'
import type { CpuContext, CpuRule } from '../rule.js'
import type { FloatArray } from '../wasm/index.js'
import { gram, product } from './product.js'

/** An operand as a batch of matrices [free, contracted]; element (i, l) of a matrix is at `i·row + l·col`. */
interface Matrices {
  readonly data: TypedArray
  readonly rows: number
  readonly cols: number
  readonly row: number
  readonly col: number
  readonly batch: readonly number[]
}

const at = (values: Shape, axes: Shape): number[] => axes.map((a) => values[a] as number)

/** One stride for several axes walked in this order; null where they do not follow each other in memory. */
function merged(shape: Shape, strides: readonly number[], axes: Shape): number | null {
  let step = 1
  let next: number | null = null
  for (let i = axes.length - 1; i >= 0; i--) {
    const d = shape[axes[i] as number] as number
    if (d === 1) continue
    const s = strides[axes[i] as number] as number
    if (next === null) step = s
    else if (s !== next) return null
    next = s * d
  }
  return step
}

function matrices(x: HostTensor, batch: Shape, free: Shape, contract: Shape): Matrices {
  const strides = stridesOf(x.shape)
  const [rows, cols] = [sizeOf(at(x.shape, free)), sizeOf(at(x.shape, contract))]
  const row = merged(x.shape, strides, free)
  const col = merged(x.shape, strides, contract)
  if (row !== null && col !== null && (row === 1 || col === 1 || rows === 1 || cols === 1)) {
    return { data: x.data, rows, cols, row, col, batch: at(strides, batch) }
  }
  const order = [...batch, ...free, ...contract]
  const shape = at(x.shape, order)
  const data = allocateDirty(x.dtype, sizeOf(shape))
  copyStrided(x.data, 0, at(strides, order), data, 0, stridesOf(shape), shape)
  return { data, rows, cols, row: cols, col: 1, batch: stridesOf(shape).slice(0, batch.length) }
}

/** A [rows, cols] matrix with these strides, one of which is 1 or belongs to an axis of size 1. */
function view(
  data: FloatArray,
  offset: number,
  rows: number,
  cols: number,
  row: number,
  col: number,
): {
  data: FloatArray
  offset: number
  ld: number
  transposed: boolean
} {
  if (col === 1 || cols === 1) {
    // a single column with a stride is a matrix whose rows are that far apart
    return { data, offset, ld: rows === 1 ? cols : row, transposed: false }
  }
  return { data, offset, ld: col, transposed: true }
}

function integers(x: Matrices, y: Matrices, p: number, q: number, out: TypedArray, o: number): void {
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < y.rows; j++) {
      let total = 0
      for (let l = 0; l < x.cols; l++) {
        total =
          (total +
            Math.imul(
              x.data[p + i * x.row + l * x.col] as number,
              y.data[q + j * y.row + l * y.col] as number,
            )) |
          0
      }
      out[o + i * y.rows + j] = total
    }
  }
}

function multiply(
  context: CpuContext,
  x: Matrices,
  y: Matrices,
  p: number,
  q: number,
  out: FloatArray,
  o: number,
): void {
  const [m, n, k] = [x.rows, y.rows, x.cols]
  const c = { data: out, offset: o, ld: n }
  const a = view(x.data as FloatArray, p, m, k, x.row, x.col)
  if (x.data === y.data && p === q && m === n && x.row === y.row && x.col === y.col && m > 1) {
    gram(context, m, k, a, c)
    return
  }
  const b = view(y.data as FloatArray, q, n, k, y.row, y.col)
  product(context, m, n, k, a, { ...b, transposed: !b.transposed }, c)
}

export const dotGeneral: CpuRule<'dotGeneral'> = ([lhs, rhs], p, [output], context) => {
  const { shape, dtype } = output
  const size = sizeOf(shape)
  const free = (x: HostTensor, ...used: Shape[]): number[] =>
    x.shape.map((_, i) => i).filter((i) => !used.some((u) => u.includes(i)))
  // contracted pairs in the order of the left operand's memory
  const order = p.lhsContract
    .map((_, i) => i)
    .sort((i, j) => (p.lhsContract[i] as number) - (p.lhsContract[j] as number))
  const x = matrices(lhs, p.lhsBatch, free(lhs, p.lhsBatch, p.lhsContract), at(p.lhsContract, order))
  const y = matrices(rhs, p.rhsBatch, free(rhs, p.rhsBatch, p.rhsContract), at(p.rhsContract, order))
  const batchShape = at(lhs.shape, p.lhsBatch)
  if (size === 0 || x.cols === 0) return [allocate(dtype, size)]
  const out = allocateDirty(dtype, size)
  const each = x.rows * y.rows
  const batch = {
    shape: batchShape,
    strides: [x.batch, y.batch, stridesOf([...batchShape, each]).slice(0, -1)],
  }
  walk(batch, batchShape.length, [0, 0, 0], ([i, j, o]) => {
    if (isFloat(dtype)) multiply(context, x, y, i as number, j as number, out as FloatArray, o as number)
    else integers(x, y, i as number, j as number, out, o as number)
  })
  return [out]
}

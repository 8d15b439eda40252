import {
  allocate,
  type FloatDType,
  stridesOf,
  type Tensor,
  type TypedArray,
  tensorFromData,
} from '@ntk/tensor'
import { kernelShape, type OutputLayout, offsetsOf } from './axes.js'

/** A kernel matrix that is filled block by block. Blocks are [diagonal, free, n, free', m]. */
export interface Assembly {
  readonly put: (
    block: TypedArray,
    row: number,
    rows: number,
    column: number,
    columns: number,
    mirror: boolean,
  ) => void
  readonly finish: () => Tensor
}

/** `factor` multiplies every entry (1 / the size of the traced axes). */
export function assemble(
  layout: OutputLayout,
  n1: number,
  n2: number,
  dtype: FloatDType,
  factor: number,
): Assembly {
  const shape = kernelShape(layout, n1, n2)
  const strides = stridesOf(shape)
  const data = allocate(dtype, strides.length === 0 ? 1 : (shape[0] as number) * (strides[0] as number))
  const axes = { diagonal: [[], []], left: [[], []], right: [[], []] } as Record<
    'diagonal' | 'left' | 'right',
    [number[], number[]]
  >
  let at = 2
  layout.shape.forEach((k, i) => {
    const role = layout.role[i]
    for (const group of role === 'free'
      ? (['left', 'right'] as const)
      : role === 'diagonal'
        ? (['diagonal'] as const)
        : []) {
      axes[group][0].push(k)
      axes[group][1].push(strides[at++] as number)
    }
  })
  const diagonal = offsetsOf(...axes.diagonal)
  const left = offsetsOf(...axes.left)
  const right = offsetsOf(...axes.right)
  const [rowStride, columnStride] = strides as [number, number]

  /** Entry (row i, left p; column j, right q) of the block, to a place in the matrix. */
  const copy = (
    block: TypedArray,
    p: Int32Array,
    row: number,
    rows: number,
    rowStep: number,
    q: Int32Array,
    column: number,
    columns: number,
    columnStep: number,
  ): void => {
    let source = 0
    for (const d of diagonal) {
      for (const f of p) {
        for (let i = row; i < row + rows; i++) {
          for (const g of q) {
            let target = d + f + g + i * rowStep + column * columnStep
            for (let j = 0; j < columns; j++, target += columnStep)
              data[target] = factor * (block[source++] as number)
          }
        }
      }
    }
  }

  return {
    put(block, row, rows, column, columns, mirror) {
      copy(block, left, row, rows, rowStride, right, column, columns, columnStride)
      if (mirror) copy(block, right, row, rows, columnStride, left, column, columns, rowStride)
    },
    finish: () => tensorFromData(data, shape),
  }
}

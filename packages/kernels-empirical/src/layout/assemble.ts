import {
  allocate,
  type FloatDType,
  stridesOf,
  type Tensor,
  type TypedArray,
  tensorFromData,
} from '@ntk/tensor'
import { kernelShape, type OutputLayout, offsetsOf } from './axes.js'
import type { Span } from './blocks.js'

/** A kernel matrix that is filled block by block. */
export interface Assembly {
  /** `block` is [diagonal, free, rows, free', columns]. */
  readonly put: (block: TypedArray, rows: Span, columns: Span) => void
  readonly finish: () => Tensor
}

/**
 * `factor` multiplies every entry (1 / the size of the traced axes). Of a symmetric matrix every entry is written to
 * both of its places, so that it is symmetric to the last bit.
 */
export function assemble(
  layout: OutputLayout,
  n1: number,
  n2: number,
  dtype: FloatDType,
  factor: number,
  symmetric: boolean,
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

  return {
    put(block, rows, columns) {
      let source = 0
      for (const d of diagonal) {
        for (let f = 0; f < left.length; f++) {
          for (let i = rows.start; i < rows.stop; i++) {
            for (let g = 0; g < left.length; g++) {
              const target = d + (left[f] as number) + (right[g] as number) + i * rowStride
              const mirror = d + (left[g] as number) + (right[f] as number) + i * columnStride
              for (let j = columns.start; j < columns.stop; j++) {
                const value = factor * (block[source++] as number)
                data[target + j * columnStride] = value
                if (symmetric) data[mirror + j * rowStride] = value
              }
            }
          }
        }
      }
    },
    finish: () => tensorFromData(data, shape),
  }
}

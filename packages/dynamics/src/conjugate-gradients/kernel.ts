import {
  dotGeneral,
  matmul,
  NtkError,
  type Tensor,
  tensorFromData,
  throwIfAborted,
  turnEvery,
} from '@ntk/tensor'
import { inDouble, readFinite } from '../host.js'
import { asMatrix } from '../spectrum.js'
import { type KernelSource, readerOf } from './readers.js'

/** A symmetric matrix that is read block by block, for products with it. A sample has `outputs` rows of it. */
export interface KernelMatrix {
  /** Rows of the matrix: samples times outputs. */
  readonly size: number
  readonly samples: number
  /** Outputs that the kernel couples: 1 of a kernel [n, n]. */
  readonly outputs: number
  readonly dtype: string
  /** K v [size, k] for v [size, k], in one pass over the blocks; `look` gets each block as it goes by. */
  times(v: Float64Array, k: number, look?: (block: MatrixBlock) => void): Promise<Float64Array>
  /** Row i, [size]. */
  row(i: number): Promise<Float64Array>
}

/** Numbers [rows, cols] of a matrix, from its row `row` and column `col` on. */
export interface MatrixBlock {
  readonly row: number
  readonly col: number
  readonly rows: number
  readonly cols: number
  readonly data: Float64Array
}

/** Opens a kernel for products. One block of it is held at a time. Throws NtkError 'shape' where it is not square. */
export function openKernel(
  source: KernelSource,
  get: string | undefined,
  signal: AbortSignal | undefined,
): KernelMatrix {
  const { n, outputs, dtype, blocks, rows } = readerOf(source, get)
  const size = n * outputs
  const breathe = turnEvery()
  const matrixOf = (values: Tensor, height: number, width: number): Tensor => {
    const shape = outputs === 1 ? [height, width] : [height, width, outputs, outputs]
    if (values.shape.length !== shape.length || values.shape.some((d, i) => d !== shape[i])) {
      throw new NtkError('shape', {
        what: `Rows of the kernel need a shape [${shape.join(', ')}].`,
        got: `[${values.shape.join(', ')}]`,
      })
    }
    return asMatrix(inDouble(readFinite(values, 'The kernel'), values.shape), 'The kernel')
  }
  const stopOnSignal = async (): Promise<void> => {
    await breathe()
    throwIfAborted(signal, 'The solve')
  }
  return {
    size,
    samples: n,
    outputs,
    dtype,
    async times(v, k, look) {
      const total = new Float64Array(size * k)
      const part = (start: number, stop: number): Tensor =>
        tensorFromData(v.subarray(start * k, stop * k), [stop - start, k])
      const add = (product: Tensor, start: number): void => {
        const data = product.dataSync()
        for (let i = 0, at = start * k; i < data.length; i++, at++)
          total[at] = (total[at] as number) + (data[i] as number)
      }
      await stopOnSignal()
      for await (const { rows: down, cols: across, values, mirrored } of blocks()) {
        const matrix = matrixOf(values, down.stop - down.start, across.stop - across.start)
        const [row, col] = [down.start * outputs, across.start * outputs]
        const [height, width] = matrix.shape as [number, number]
        look?.({ row, col, rows: height, cols: width, data: matrix.dataSync() as Float64Array })
        add(matmul(matrix, part(col, col + width)), row)
        // Mᵀ v without a copy of M
        if (mirrored)
          add(dotGeneral(matrix, part(row, row + height), { lhsContract: [0], rhsContract: [0] }), col)
        await stopOnSignal()
      }
      return total
    },
    async row(i) {
      await stopOnSignal()
      const sample = Math.floor(i / outputs)
      const matrix = matrixOf(await rows(sample, sample + 1), 1, n).dataSync() as Float64Array
      const at = (i % outputs) * size
      return matrix.subarray(at, at + size)
    },
  }
}

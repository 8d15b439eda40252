import { open } from 'node:fs/promises'
import {
  type Backend,
  bytesPerElement,
  decodeNpyHeader,
  isFloat,
  NtkError,
  type Shape,
  sizeOf,
  type Tensor,
  tensorFromData,
} from '@ntk/tensor'
import { fileError } from '@ntk/tensor/node'
import type { ResultArray } from '../arrays.js'
import { allocateRows } from '../memory.js'
import { rowBlocks } from '../row-blocks.js'
import { checkRows, findArray } from '../rows.js'
import type { TiledResult } from '../sink.js'
import { bytesOf, readAt } from './bytes.js'

interface NpyArray<N extends string> extends Pick<ResultArray<N>, 'name' | 'dtype'> {
  readonly path: string
  readonly shape: Shape
  /** Bytes before the numbers. */
  readonly offset: number
}

/** Longer than the header of any array of ours. */
const headerLength = 4096

/**
 * Npy files as a result that is read by row blocks: `paths` names the file of each array. Throws NtkError 'file' where one cannot
 * be read, 'data' where it is broken, 'unsupported' unless it holds little-endian float64 or float32 in C order.
 */
export async function openNpyFiles<N extends string>(
  paths: Readonly<Record<N, string>>,
): Promise<TiledResult<N>> {
  const arrays: NpyArray<N>[] = []
  for (const name of Object.keys(paths) as N[]) {
    const path = paths[name]
    const { shape, dtype, offset } = decodeNpyHeader(await bytesAt(path, 0, headerLength), path)
    if (!isFloat(dtype)) {
      throw new NtkError('unsupported', {
        what: `${path} must hold float64 or float32 to be read as a result.`,
        got: dtype,
        fix: 'Read it with readNpy.',
      })
    }
    arrays.push({ name, dtype, path, shape, offset })
  }
  return npyResult(arrays)
}

export function npyResult<N extends string>(arrays: readonly NpyArray<N>[]): TiledResult<N> {
  const read = async (name: N, start: number, stop: number, backend?: Backend): Promise<Tensor> => {
    const array = findArray(arrays, name)
    const { path, shape, offset } = array
    checkRows(name, shape, start, stop)
    const part = [stop - start, ...shape.slice(1)]
    const into = allocateRows(array, part)
    const bytes = bytesOf(into)
    const row = sizeOf(shape.slice(1)) * bytesPerElement[array.dtype]
    const got = await bytesAt(path, offset + start * row, bytes.length, bytes)
    if (got.length !== bytes.length) {
      throw new NtkError('data', {
        what: `${path} is truncated: rows ${start} to ${stop} of ${name} are not there.`,
        got: `${got.length} of ${bytes.length} bytes`,
        fix: 'Copy or compute it again.',
      })
    }
    return tensorFromData(into, part, backend)
  }
  const result: TiledResult<N> = {
    names: arrays.map((array) => array.name),
    complete: true,
    shape: (name) => findArray(arrays, name).shape,
    dtype: (name) => findArray(arrays, name).dtype,
    readRows: (name, start, stop) => read(name, start, stop),
    blocks: (name) => rowBlocks(result, name),
    toTensor: (name, backend) => read(name, 0, findArray(arrays, name).shape[0] as number, backend),
  }
  return result
}

async function bytesAt(
  path: string,
  position: number,
  length: number,
  into?: Uint8Array,
): Promise<Uint8Array> {
  try {
    const file = await open(path)
    return await readAt(file, position, length, into).finally(() => file.close())
  } catch (error) {
    throw fileError(error, path, 'read')
  }
}

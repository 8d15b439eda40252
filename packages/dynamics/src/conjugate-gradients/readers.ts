import { NtkError, showShape, Tensor, tensorFromData } from '@ntk/tensor'
import {
  aFunction,
  isRecord,
  optional,
  positiveInteger,
  type RulesFor,
  readOptions,
  show,
} from '@ntk/tensor/options'
import type { ResultBlock, TiledResult } from '@ntk/tiles'
import { readFloats } from '../host.js'

/** A kernel [n, n] by a function that computes or reads some rows of it. */
export interface KernelRows {
  readonly n: number
  /** Rows [start, stop) as a tensor [stop − start, n]: the same numbers whenever they are asked for. */
  readonly readRows: (start: number, stop: number) => Promise<Tensor> | Tensor
  /** Rows that are asked for at once; as many as make 16 MiB unless given. */
  readonly tile?: number | undefined
}

/** A kernel in memory; in a result of tiles, wherever that lies; or by a function of rows. */
export type KernelSource = Tensor | TiledResult<string> | KernelRows

/** What a kernel is read by. */
export interface Reader {
  readonly n: number
  readonly outputs: number
  readonly dtype: string
  readonly blocks: () => AsyncIterable<ResultBlock> | Iterable<ResultBlock>
  readonly rows: (start: number, stop: number) => Promise<Tensor> | Tensor
}

const blockBytes = 2 ** 24

const rowRules = {
  n: positiveInteger(),
  readRows: aFunction<KernelRows['readRows']>(),
  tile: optional(positiveInteger()),
} satisfies RulesFor<KernelRows>

export function readerOf(source: KernelSource, get: string | undefined): Reader {
  if (isTiled(source)) return readerOfTiles(source, get)
  if (get !== undefined) {
    throw new NtkError('option', {
      what: 'Option `get` of solveByConjugateGradients names an array of a result of tiles.',
      got: show(get),
      fix: 'Leave it out: the kernel has no names.',
    })
  }
  if (Tensor.isInstance(source)) return readerOfTensor(source)
  if (!isRecord(source)) {
    throw new NtkError('value', {
      what: 'The kernel of solveByConjugateGradients must be a tensor, a result of tiles, or { n, readRows }.',
      got: show(source),
    })
  }
  const { n, readRows, tile } = readOptions('the kernel of solveByConjugateGradients', rowRules, source)
  const most = tile ?? Math.max(1, Math.floor(blockBytes / 8 / n))
  return {
    n,
    outputs: 1,
    dtype: 'float64',
    rows: readRows,
    async *blocks() {
      for (let start = 0; start < n; start += most) {
        const rows = { start, stop: Math.min(n, start + most) }
        const values = await readRows(rows.start, rows.stop)
        yield { rows, cols: { start: 0, stop: n }, values, mirrored: false }
      }
    },
  }
}

function isTiled(source: KernelSource): source is TiledResult<string> {
  return (
    typeof source === 'object' && source !== null && 'blocks' in source && typeof source.blocks === 'function'
  )
}

function readerOfTensor(kernel: Tensor): Reader {
  const data = readFloats(kernel, 'The kernel')
  const { n, outputs } = sizesOf(kernel.shape)
  const row = data.length / n
  const read = (start: number, stop: number): Tensor =>
    tensorFromData(data.subarray(start * row, stop * row), [stop - start, ...kernel.shape.slice(1)])
  const most = Math.max(1, Math.floor(blockBytes / 8 / row))
  return {
    n,
    outputs,
    dtype: kernel.dtype,
    rows: read,
    *blocks() {
      for (let start = 0; start < n; start += most) {
        const rows = { start, stop: Math.min(n, start + most) }
        yield { rows, cols: { start: 0, stop: n }, values: read(rows.start, rows.stop), mirrored: false }
      }
    },
  }
}

function readerOfTiles(result: TiledResult<string>, get: string | undefined): Reader {
  const [only] = result.names
  if (get === undefined && (result.names.length !== 1 || only === undefined)) {
    throw new NtkError('option', {
      what: 'solveByConjugateGradients needs the name of an array of this result.',
      got: `a result with ${result.names.join(', ')}`,
      fix: `Write { get: '${result.names.at(-1)}' }.`,
    })
  }
  const name = get ?? (only as string)
  const { n, outputs } = sizesOf(result.shape(name))
  if (!result.complete) {
    throw new NtkError('data', {
      what: 'solveByConjugateGradients needs a whole kernel.',
      got: 'a result of which tiles are missing',
      fix: 'Compute the other shards, and open it again.',
    })
  }
  return {
    n,
    outputs,
    dtype: result.dtype(name),
    rows: (start, stop) => result.readRows(name, start, stop),
    blocks: () => result.blocks(name),
  }
}

/** Samples and coupled outputs of a kernel [n, n] or [n, n, k, k]. */
function sizesOf(shape: readonly number[]): { readonly n: number; readonly outputs: number } {
  const [n = 0, m, k = 1, l = 1] = shape
  if ((shape.length === 2 || shape.length === 4) && n === m && k === l && n * k > 0) return { n, outputs: k }
  throw new NtkError('shape', {
    what: 'solveByConjugateGradients needs a kernel of the training set with itself, [n, n] or [n, n, k, k].',
    got: showShape(shape),
  })
}

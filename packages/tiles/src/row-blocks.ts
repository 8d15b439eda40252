import { bytesPerElement, NtkError, sizeOf } from '@ntk/tensor'
import type { ResultBlock, TiledResult } from './sink.js'

/** Bytes of a block of rows, about. */
const blockBytes = 2 ** 24

/** An array that is stored whole, in blocks of whole rows. */
export async function* rowBlocks<N extends string>(
  result: Pick<TiledResult<N>, 'shape' | 'dtype' | 'readRows'>,
  name: N,
): AsyncGenerator<ResultBlock> {
  const [n1 = 0, n2, ...trailing] = result.shape(name)
  if (n2 === undefined) throw notOverPairs(name)
  const row = n2 * sizeOf(trailing) * bytesPerElement[result.dtype(name)]
  const most = Math.max(1, Math.floor(blockBytes / row))
  const cols = { start: 0, stop: n2 }
  for (let start = 0; start < n1; start += most) {
    const stop = Math.min(n1, start + most)
    yield { rows: { start, stop }, cols, values: await result.readRows(name, start, stop), mirrored: false }
  }
}

export function notOverPairs(name: string): NtkError {
  return new NtkError('option', {
    what: 'Blocks of pairs are those of an array over pairs.',
    got: `${name}, which is over samples`,
    fix: 'Read it with readRows or toTensor.',
  })
}

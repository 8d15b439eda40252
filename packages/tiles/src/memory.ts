import { allocateDirty, type Backend, NtkError, sizeOf, type Tensor, tensorFromData } from '@ntk/tensor'
import { type Floats, type ResultArray, shapeOf } from './arrays.js'
import { placePairs, placeSamples } from './place.js'
import { notOverPairs, rowBlocks } from './row-blocks.js'
import { checkRows, findArray } from './rows.js'
import type { OpenSink, TiledResult, TileSink, TileWork } from './sink.js'

/** The result as arrays in memory: the sink of a walk that names no other. Shards of it would be of no use to each other. */
export const memorySink: TileSink = {
  async open<N extends string>({ plan, arrays, shard }: TileWork<N>): Promise<OpenSink<N>> {
    if (shard.count > 1) {
      throw new NtkError('option', {
        what: 'Shards share a directory.',
        got: `shard ${shard.index}/${shard.count} of a result in memory`,
        fix: 'Give a sink: directory(path) of @ntk/tiles/node.',
      })
    }
    const held = new Map<string, Floats>(
      arrays.map((array) => [array.name, allocateRows(array, shapeOf(array, plan))]),
    )
    const tensor = (name: string, backend?: Backend): Tensor => {
      const array = findArray(arrays, name)
      return tensorFromData(held.get(name) as Floats, shapeOf(array, plan), backend)
    }
    return {
      finished: new Set(),
      whole: { tensor },
      async put(tile, parts) {
        for (const array of arrays) {
          const data = parts.get(array.name)
          if (data === undefined) continue
          const rows = { start: 0, stop: shapeOf(array, plan)[0] as number }
          const to = { rows, into: held.get(array.name) as Floats }
          if (array.over === 'pairs') placePairs(plan, array, tile, data, to)
          else placeSamples(array, tile, data, to)
        }
      },
      async finish(): Promise<TiledResult<N>> {
        const result: TiledResult<N> = {
          names: arrays.map(({ name }) => name),
          complete: true,
          shape: (name) => shapeOf(findArray(arrays, name), plan),
          dtype: (name) => findArray(arrays, name).dtype,
          toTensor: async (name, backend) => tensor(name, backend),
          async readRows(name, start, stop) {
            const shape = shapeOf(findArray(arrays, name), plan)
            checkRows(name, shape, start, stop)
            const width = sizeOf(shape.slice(1))
            const rows = (held.get(name) as Floats).slice(start * width, stop * width)
            return tensorFromData(rows, [stop - start, ...shape.slice(1)])
          },
          async *blocks(name) {
            if (findArray(arrays, name).over !== 'pairs') throw notOverPairs(name)
            yield* rowBlocks(result, name)
          },
        }
        return result
      },
      close: async () => undefined,
    }
  },
}

/** An array for numbers of a result, every one of which will be written. Throws NtkError 'value' where it does not fit in memory. */
export function allocateRows(array: Pick<ResultArray, 'name' | 'dtype'>, shape: readonly number[]): Floats {
  const length = sizeOf(shape)
  try {
    return allocateDirty(array.dtype, length) as Floats
  } catch (cause) {
    throw new NtkError('value', {
      what: `The result ${array.name} does not fit in memory.`,
      got: `${((length * (array.dtype === 'float64' ? 8 : 4)) / 2 ** 30).toFixed(1)} GiB`,
      fix: 'Take a sink on disk (npyFiles or directory of @ntk/tiles/node), fewer samples, float32, or a network that ends in Flatten or pooling.',
      cause,
    })
  }
}

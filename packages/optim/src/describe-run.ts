import { type Tree, treeLeaves, treeMap } from '@ntk/autodiff'
import { crc32, mul, reshape, scope, showShape, slice, type Tensor } from '@ntk/tensor'
import { requireTensor } from '@ntk/tensor/options'
import type { RunDescription } from './checkpoint-store.js'
import type { TrainOptions } from './train-options.js'

/** Numbers of a tensor that go into its checksum. */
const most = 2 ** 17

/** Outputs that tell one function from another. */
const probes = 16

/** A run, as its checkpoints say whose they are. Reads the parameters, and the beginning of the data. */
export function describeRun<P extends Tree>(options: TrainOptions<P>): Promise<RunDescription> {
  const { apply, params, x, y, optimizer, batchSize, key } = options
  return scope(async (s) => {
    const sums: string[] = []
    for (const leaf of treeLeaves(params))
      sums.push(await s.wait(checksum(leaf as Tensor, Number.POSITIVE_INFINITY)))
    const doubled = treeMap((p: Tensor) => mul(p, 2), params)
    const outputs = apply(doubled, slice(x, [0, 1]))
    requireTensor(outputs, 'What apply of train gives')
    return {
      optimizer: optimizer.name,
      batchSize: batchSize ?? null,
      key: key?.words ?? null,
      x: `${showShape(x.shape)} ${x.dtype} ${await s.wait(checksum(x, most))}`,
      y: `${showShape(y.shape)} ${y.dtype} ${await s.wait(checksum(y, most))}`,
      params: sums.join(' '),
      outputs: Array.from((await s.wait(outputs.data())).slice(0, probes), (v) =>
        Number.isFinite(v) ? v : null,
      ),
    }
  })
}

async function checksum(x: Tensor, limit: number): Promise<string> {
  const part = x.size > limit ? slice(reshape(x, [x.size]), [0, limit]) : x
  const data = await part.data()
  return crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).toString(16)
}

/**
 * A process that computes the kernel of a network into a directory of tiles, to be killed by kill.test.ts and kill-images.test.ts:
 * `child.ts NET DIRECTORY LOG SAMPLES TILE [SHARD]`. It says when the walk begins and when it is done, and enters each tile that it computed
 * into LOG by itself, whatever the journal says.
 */
import { appendFileSync } from 'node:fs'
import { kernelFn } from '@ntk/kernels-analytic'
import { Conv, Dense, Erf, Flatten, GlobalAvgPool, type Layer, Relu, serial } from '@ntk/stax'
import { key, normal } from '@ntk/tensor'
import type { OpenSink, TileSink, TileWork } from '@ntk/tiles'
import { directory } from '@ntk/tiles/node'

const [name = '', path = '', log = '', n = '', tile = '', shard] = process.argv.slice(2)
const tiles = directory(path)
const counted: TileSink = {
  async open<N extends string>(work: TileWork<N>): Promise<OpenSink<N>> {
    const open = await tiles.open(work)
    process.stdout.write('walking\n')
    return {
      ...open,
      put(at, parts) {
        appendFileSync(log, `${at.id}\n`)
        return open.put(at, parts)
      },
    }
  },
}

const options = { wStd: 1.5, bStd: 0.1 }
const dense = (out: number): Layer => Dense(out, options)
const conv = (): Layer => Conv(8, [3, 3], { ...options, padding: 'SAME' })
/** Networks, and the shape of one of their samples. */
const jobs: Readonly<Record<string, readonly [net: Layer, shape: readonly number[]]>> = {
  dense: [serial(dense(512), Relu(), dense(512), Erf(), dense(1)), [20]],
  flatten: [serial(conv(), Relu(), conv(), Relu(), Flatten(), dense(1)), [10, 10, 2]],
  // One tile is one call of compiled code, with all pairs of positions.
  pool: [serial(conv(), Relu(), conv(), Relu(), GlobalAvgPool(), dense(1)), [20, 20, 2]],
}
const job = jobs[name]
if (job === undefined) throw new Error(`no network "${name}"`)
const [net, shape] = job
const x = normal(key(0), [Number(n), ...shape])
await kernelFn(net)(x, null, { get: ['nngp', 'ntk', 'cov1'], tile: Number(tile), sink: counted, shard })
process.stdout.write('done\n')

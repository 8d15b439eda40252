/**
 * A process that computes the kernel of a fully connected network into a directory of tiles, to be killed by kill.test.ts:
 * `child.ts DIRECTORY LOG SAMPLES TILE [SHARD]`. It says when the walk begins and when it is done, and enters each tile that it computed
 * into LOG by itself, whatever the journal says.
 */
import { appendFileSync } from 'node:fs'
import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Erf, Relu, serial } from '@ntk/stax'
import { key, normal } from '@ntk/tensor'
import type { OpenSink, TileSink, TileWork } from '@ntk/tiles'
import { directory } from '@ntk/tiles/node'

const [path = '', log = '', n = '', tile = '', shard] = process.argv.slice(2)
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
const net = serial(Dense(512, options), Relu(), Dense(512, options), Erf(), Dense(1, options))
const x = normal(key(0), [Number(n), 20])
await kernelFn(net)(x, null, { get: ['nngp', 'ntk', 'cov1'], tile: Number(tile), sink: counted, shard })
process.stdout.write('done\n')

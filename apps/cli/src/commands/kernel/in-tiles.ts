import { resolve } from 'node:path'
import { kernelFn } from '@ntk/kernels-analytic'
import type { Layer, Spec } from '@ntk/stax'
import type { Tensor } from '@ntk/tensor'
import type { TiledResult, TileSize } from '@ntk/tiles'
import { directory } from '@ntk/tiles/node'
import type { OnDevice } from '../../config/device.js'
import type { KernelConfig } from '../../config/kernel.js'
import type { Request } from '../../frame/command.js'
import { KeptError } from '../../frame/errors.js'
import type { Progress } from '../../progress/progress.js'

/** Everything that is known before the inputs are read. */
export interface Job {
  readonly config: KernelConfig & OnDevice
  readonly spec: Spec
  readonly net: Layer
  /** The npy file that is written, as it was named and where it is; undefined where none is wanted. */
  readonly out: { readonly name: string; readonly path: string } | undefined
  /** Where the standard errors of an estimate go, beside `out`; undefined of exact kernels. */
  readonly errors: { readonly name: string; readonly path: string } | undefined
  readonly resume: boolean
}

/** The name of a matrix that is computed. */
export type MatrixName = 'ntk' | 'nngp' | `${'ntk' | 'nngp'}.${string}`

export interface Inputs {
  readonly x1: Tensor
  /** Null: x1 with itself. */
  readonly x2: Tensor | null
}

/** What the matrix is called: 'ntk', or 'ntk.block' behind the layer of that name. */
export const matrixName = ({ get, at }: Pick<KernelConfig, 'get' | 'at'>): MatrixName =>
  at === undefined ? get : `${get}.${at}`

/** Says once that tiles did not fit in the memory of the device, and which would. */
export function splitTeller(progress: Progress): (split: TileSize | undefined) => void {
  let told = false
  return (split) => {
    if (split === undefined || told) return
    told = true
    const side = Math.min(split.rows, split.cols)
    progress.note(
      `tiles that do not fit in the memory of the device are split; --tile ${side} spares the attempts`,
    )
  }
}

/** Computes the kernel, or a shard of it, into a directory of tiles. An error says which pairs are kept there, and how to go on. */
export async function kernelInTiles(
  { config, net, resume }: Job,
  sink: string,
  { x1, x2 }: Inputs,
  { io, progress, signal }: Request<KernelConfig>,
): Promise<TiledResult<MatrixName>> {
  const { get, at, tile, shard } = config
  const name = matrixName(config)
  const task = progress.task(`${name} kernel`, 1)
  const tell = splitTeller(progress)
  let kept: string | undefined
  let known = false
  try {
    const result = await kernelFn(net)(x1, x2, {
      get,
      at,
      tile,
      shard,
      sink: directory(resolve(io.cwd, sink), { resume }),
      onProgress: ({ done, total, kept: before, split }) => {
        tell(split)
        if (!known && before > 0) progress.note(`${before} of ${total} pairs were in ${sink} already`)
        known = true
        kept = `${done} of ${total} pairs, in ${sink}; go on with: the same command and --resume`
        io.onKept?.(kept)
        task.update(done / total)
      },
      signal,
    })
    task.done(result.complete ? result.shape(name).join(' × ') : `part ${shard ?? ''}`)
    return result
  } catch (error) {
    throw kept === undefined ? error : new KeptError(error, kept)
  } finally {
    io.onKept?.(undefined)
  }
}

import { kernelFn } from '@ntk/kernels-analytic'
import { Conv, Dense, Erf, Flatten, GlobalAvgPool, type Layer, named, repeat, serial } from '@ntk/stax'
import { add, concatenate, mul, reshape, slice, type Tensor } from '@ntk/tensor'
import type { NetKind } from '../depth/kernels.js'

/** Tangent kernels that training and its predictions need. */
export interface TrainingKernels {
  /** [n, n] */
  readonly train: Tensor
  /** [m, n] */
  readonly across: Tensor
}

export interface Variances {
  readonly wVar: number
  readonly bVar: number
}

/** A network of `depth` activations Erf and a readout, each weight and bias of these variances; borders go round. */
export function netOf(
  kind: NetKind,
  depth: number,
  { wVar, bVar }: Variances,
  { width, outputs }: { readonly width: number; readonly outputs: number } = { width: 1, outputs: 1 },
): Layer {
  const affine = { wStd: Math.sqrt(wVar), bStd: Math.sqrt(bVar) }
  const conv = Conv(width, [3, 3], { ...affine, padding: 'CIRCULAR' })
  const first = kind === 'FCN' ? [Flatten()] : []
  const block = serial(kind === 'FCN' ? Dense(width, affine) : conv, named('layer', Erf()))
  const last = kind === 'FCN' ? [] : [kind === 'CNN-P' ? GlobalAvgPool() : Flatten()]
  return serial(...first, repeat(block, depth), ...last, Dense(outputs, affine))
}

/** Kernels of more depths than this holds are made by several passes. */
const mostBytes = 1.5e9

/**
 * Makes the kernels of one kind of network, depth by depth, and hands them out. Of fully connected ones all come from one pass; of convolutional ones each depth has its own, as runs in space
 * whose inner layers are asked for take ten times as long.
 */
export async function kernelsOf(
  kind: NetKind,
  depths: readonly number[],
  variances: Variances,
  { train, test }: { readonly train: Tensor; readonly test: Tensor },
  signal: AbortSignal,
  use: (depth: number, kernels: TrainingKernels) => Promise<void> | void,
): Promise<void> {
  if (kind === 'FCN') {
    const [n = 0] = train.shape
    const all = concatenate([train, test], 0)
    const [rows = 0] = all.shape
    const x = reshape(all, [rows, all.size / rows])
    const atOnce = Math.max(1, Math.floor(mostBytes / (16 * rows ** 2)))
    for (let from = 0; from < depths.length; from += atOnce) {
      const now = depths.slice(from, from + atOnce)
      const net = netOf(kind, Math.max(...now), variances)
      const at = now.map((depth) => `layer.${depth}`)
      const kernels = await kernelFn(net)(x, null, { get: ['nngp', 'ntk'], at, signal })
      for (const depth of now) {
        const { nngp, ntk } = kernels[`layer.${depth}`] as { nngp: Tensor; ntk: Tensor }
        const whole = add(mul(add(nngp, ntk), variances.wVar), variances.bVar)
        await use(depth, { train: slice(whole, [0, n], [0, n]), across: slice(whole, [n, rows], [0, n]) })
      }
    }
    return
  }
  for (const depth of depths) {
    const kernel = kernelFn(netOf(kind, depth, variances))
    await use(depth, {
      train: await kernel(train, null, { get: 'ntk', signal }),
      across: await kernel(test, train, { get: 'ntk', signal }),
    })
  }
}

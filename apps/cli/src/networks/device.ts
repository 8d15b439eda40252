import { treeMap } from '@ntk/autodiff'
import type { Layer, Params } from '@ntk/stax'
import { type Backend, cast, hostBackend, type Key, type Shape, type Tensor, toBackend } from '@ntk/tensor'
import type { OnDevice } from '../config/device.js'
import type { Progress } from '../progress/progress.js'
import { chooseDevice } from './choose-device.js'

/**
 * The backend that networks are put on; the same one whenever it is asked for.
 *
 * @throws NtkError `unsupported` where its package or driver is missing
 */
export async function backendOf({ device }: Pick<OnDevice, 'device'>): Promise<Backend> {
  if (device === 'cpu') return hostBackend()
  return (await chooseDevice(device)).backend
}

/**
 * Says what was taken, and what not and why, where that was left open. Called before anything is read or written.
 *
 * @throws NtkError `unsupported` where its package or driver is missing
 */
export async function sayDevice({ device }: Pick<OnDevice, 'device'>, progress: Progress): Promise<void> {
  if (device === 'cpu') return
  const { why, passed } = await chooseDevice(device)
  progress.note(`device: ${why}`)
  for (const { device: other, reason } of passed) progress.note(`  not ${other}: ${reason}`)
}

/** Fresh parameters of a network, on the host. float32 draws other numbers: the network of a device is the CPU's, rounded. */
export function freshParams({ device, dtype }: OnDevice, net: Layer, key: Key, shape: Shape): Fresh {
  if (device === 'cpu') return net.init(key, shape, { dtype })
  const { params, outputShape } = net.init(key, shape, { dtype: 'float64' })
  return { params: treeMap((leaf: Tensor) => cast(leaf, dtype), params), outputShape }
}

interface Fresh {
  readonly params: Params<Tensor>
  readonly outputShape: Shape
}

/** Tensors in the precision of a device, and there; whole numbers stay whole. */
export async function toDevice<T extends Readonly<Record<string, Tensor | null>>>(
  tensors: T,
  on: OnDevice,
): Promise<T> {
  const rounded = Object.entries(tensors).map(([name, x]) => [
    name,
    x === null || x.dtype === 'int32' ? x : cast(x, on.dtype),
  ])
  return toBackend(Object.fromEntries(rounded) as T, await backendOf(on))
}

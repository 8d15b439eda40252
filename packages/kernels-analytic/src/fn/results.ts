import type { Backend, Tensor } from '@ntk/tensor'
import type { TiledResult, Wait } from '@ntk/tiles'
import type { KernelName, KernelNames, KernelResult } from './options.js'
import { arrayName } from './tiles.js'

/** What `get` names of a finished walk, behind a layer or of a value by its place (null: the only one), as tensors. */
export async function tensorsAt(
  result: TiledResult<string>,
  place: string | null,
  get: KernelNames,
  backend: Backend,
  wait: Wait,
): Promise<KernelResult<KernelNames>> {
  const read = (name: KernelName): Promise<Tensor> => wait(result.toTensor(arrayName(name, place), backend))
  if (typeof get === 'string') return read(get)
  const tensors: Partial<Record<KernelName, Tensor>> = {}
  for (const name of get) tensors[name] = await read(name)
  return tensors as KernelResult<KernelNames>
}

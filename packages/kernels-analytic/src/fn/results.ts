import type { Backend, Tensor } from '@ntk/tensor'
import type { TiledResult, Wait } from '@ntk/tiles'
import type { At } from './at.js'
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

/** The same behind layers: of one name what `get` says, of a list a record by name. */
export async function recordAt(
  result: TiledResult<string>,
  at: At,
  places: readonly string[],
  get: KernelNames,
  backend: Backend,
  wait: Wait,
): Promise<KernelResult<KernelNames> | Readonly<Record<string, KernelResult<KernelNames>>>> {
  if (typeof at === 'string') return tensorsAt(result, at, get, backend, wait)
  const results: Record<string, KernelResult<KernelNames>> = {}
  for (const place of places) results[place] = await tensorsAt(result, place, get, backend, wait)
  return results
}

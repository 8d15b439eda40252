import { hostBackend } from './default-backend.js'
import { Tensor, toBackend } from './tensor.js'

/**
 * Brings tensors home: a tensor, or a list or record of tensors to any depth, on the CPU backend, where numbers are read at once.
 * Tensors that are there already are themselves, and what is no tensor (numbers, names, null) stays as it is. Reads of
 * several tensors run at the same time. dtypes stay.
 */
export async function toHost<T>(tree: T): Promise<T> {
  return (await brought(tree)) as T
}

async function brought(tree: unknown): Promise<unknown> {
  if (Tensor.isInstance(tree)) return toBackend(tree, hostBackend())
  if (Array.isArray(tree)) return Promise.all(tree.map(brought))
  if (typeof tree !== 'object' || tree === null) return tree
  const prototype: unknown = Object.getPrototypeOf(tree)
  if (prototype !== Object.prototype && prototype !== null) return tree
  const entries = Object.entries(tree).map(async ([name, item]) => [name, await brought(item)] as const)
  return Object.fromEntries(await Promise.all(entries))
}

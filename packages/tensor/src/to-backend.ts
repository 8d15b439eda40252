import type { Backend } from './backend.js'
import { checkBackend } from './check-backend.js'
import { hostBackend } from './default-backend.js'
import { NtkError } from './errors.js'
import { hintOfTensor } from './options/hint.js'
import { show } from './options/show.js'
import { Tensor, tensorFromData } from './tensor.js'

/**
 * Tensors on another backend: a tensor, or a list or record of tensors to any depth (the parameters of a network, the matrices of
 * a kernel). Tensors that are there already are themselves, and what is no tensor (numbers, names, null) stays as it is. Reads
 * of several tensors run at the same time. dtypes stay; throws NtkError 'unsupported' where the backend lacks one.
 */
export async function toBackend<T>(tree: T, backend: Backend): Promise<T> {
  checkBackend('toBackend', backend)
  if (typeof tree !== 'object') {
    throw new NtkError('value', {
      what: 'toBackend needs a tensor, or tensors in a list or record.',
      got: show(tree),
      fix: hintOfTensor(tree),
    })
  }
  return (await moved(tree, backend)) as T
}

/** Brings tensors home, as `toBackend` to the CPU backend, where numbers are read at once: `const k = await toHost(kernels)`. */
export async function toHost<T>(tree: T): Promise<T> {
  return toBackend(tree, hostBackend())
}

async function moved(tree: unknown, backend: Backend): Promise<unknown> {
  if (Tensor.isInstance(tree)) return copied(tree, backend)
  if (Array.isArray(tree)) return Promise.all(tree.map((item) => moved(item, backend)))
  if (typeof tree !== 'object' || tree === null) return tree
  const prototype: unknown = Object.getPrototypeOf(tree)
  if (prototype !== Object.prototype && prototype !== null) return tree
  const entries = Object.entries(tree).map(
    async ([name, item]) => [name, await moved(item, backend)] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

async function copied(x: Tensor, backend: Backend): Promise<Tensor> {
  Tensor.check('toBackend', x)
  if (x.backend === backend) return x
  const data = await x.data()
  return tensorFromData(data.slice(), x.shape, backend)
}

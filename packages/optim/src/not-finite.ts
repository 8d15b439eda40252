import { leafPaths, type Tree, treeFlatten } from '@ntk/autodiff'
import { isFloat, mul, scope, sum, type Tensor } from '@ntk/tensor'

/** Names the first number among the data of a training that is NaN or infinite: no learning rate helps against it. */
export async function notFinite(data: Readonly<Record<string, Tensor>>): Promise<string | undefined> {
  for (const [name, tensor] of Object.entries(data)) {
    const numbers = await tensor.data()
    const at = numbers.findIndex((v: number) => !Number.isFinite(v))
    if (at < 0) continue
    const perSample = tensor.size / (tensor.shape[0] ?? 1)
    return `${name} holds ${numbers[at]} in sample ${Math.floor(at / perSample)}: mend the data, for no learning rate helps.`
  }
  return undefined
}

/** The first tensor of a tree that holds NaN or infinity, and the first such number; null where all are finite. */
export async function notFiniteLeaf(tree: Tree): Promise<{ path: string; value: number } | null> {
  const { leaves, treedef } = treeFlatten(tree)
  // 0 · x is 0 of finite numbers, and NaN of all others
  const sums = scope(() => leaves.map((x) => (isFloat(x.dtype) ? sum(mul(x as Tensor, 0)) : null)))
  for (const [i, total] of sums.entries()) {
    if (total === null) continue
    const [value] = await total.data()
    total.dispose()
    if (value === 0) continue
    const numbers = await (leaves[i] as Tensor).data()
    return {
      path: leafPaths(treedef)[i] || 'the tensor',
      value: numbers.find((v: number) => !Number.isFinite(v)) as number,
    }
  }
  return null
}

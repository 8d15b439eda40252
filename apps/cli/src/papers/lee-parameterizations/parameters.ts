import { leafPaths, treeFlatten, treeUnflatten } from '@ntk/autodiff'
import type { Params } from '@ntk/stax'
import { mul, type Tensor } from '@ntk/tensor'

/** Standard deviations and the width of the hidden layers. */
export interface Scales {
  readonly wStd: number
  readonly bStd: number | null
  readonly width: number
}

/** Weights are matrices [in, out], biases vectors. */
const isMatrix = (leaf: Tensor): boolean => leaf.rank === 2

/** The parameters with which a network in the standard parameterization is the function that one in the ntk parameterization is. */
export function standardParams(params: Params<Tensor>, { wStd, bStd }: Scales): Params<Tensor> {
  const { leaves, treedef } = treeFlatten(params)
  const scaled = (leaves as Tensor[]).map((leaf) =>
    mul(leaf, isMatrix(leaf) ? wStd / Math.sqrt(leaf.shape[0] ?? 1) : (bStd ?? 0)),
  )
  return treeUnflatten<Params<Tensor>>(treedef, scaled)
}

/**
 * The rates by parameter at which a network in the ntk parameterization trains as one in the standard parameterization at the rate 1/n: n_l / (n σ_w²) of
 * weights with n_l inputs, 1 / (n σ_b²) of biases (Lee et al. 2019, Equation S37).
 */
export function equalRates(params: Params<Tensor>, { wStd, bStd, width }: Scales): (path: string) => number {
  const { leaves, treedef } = treeFlatten(params)
  const rates = new Map(
    leafPaths(treedef).map((path, i): [string, number] => {
      const leaf = leaves[i] as Tensor
      const rate = isMatrix(leaf)
        ? (leaf.shape[0] ?? 1) / (width * wStd ** 2)
        : 1 / (width * (bStd ?? 1) ** 2)
      return [path, rate]
    }),
  )
  return (path) => rates.get(path) ?? 1
}

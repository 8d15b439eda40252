import { pairsByDepth } from '@ntk/dynamics'
import { fromSpec, type Layer, Polynomial } from '@ntk/stax'
import { tensor } from '@ntk/tensor'
import type { Job } from '../../worker/job.js'
import { coefficients } from './coefficients.js'
import { correlations, depths, inputs } from './grids.js'

export interface DualSettings {
  /** A name, or 'drawn': the polynomial through `heights`. */
  readonly activation: string
  /** Values at the inputs −2, −1, 0, 1 and 2. */
  readonly heights: readonly number[]
  readonly wStd: number
  readonly bStd: number
}

export interface DualResult {
  /** The function, at `inputs`. */
  readonly phi: readonly number[]
  /** Correlation of outputs by that of inputs, a row for each of `depths`. */
  readonly nngp: readonly (readonly number[])[]
  /** NTK of the pair by that of an input with itself, likewise. */
  readonly ntk: readonly (readonly number[])[]
}

function layerOf({ activation, heights }: DualSettings): Layer {
  return activation === 'drawn' ? Polynomial({ coef: coefficients(heights) }) : fromSpec([activation])
}

export const dual: Job<DualSettings, DualResult> = async (settings) => {
  const layer = layerOf(settings)
  const { wStd, bStd } = settings
  const x = tensor(inputs.map((value) => [value]))
  const phi = await layer.apply(null, x).data()
  const deepest = depths.at(-1) ?? 1
  const pairs = pairsByDepth(layer, { wStd, bStd, depth: deepest, c0: correlations, layerNorm: true })
  const [c, own, pair] = [await pairs.c.data(), await pairs.ntk.data(), await pairs.ntkPair.data()]
  const row = (data: ArrayLike<number>, depth: number): number[] =>
    correlations.map((_, i) => data[depth * correlations.length + i] ?? Number.NaN)
  return {
    phi: Array.from(phi),
    nngp: depths.map((depth) => row(c, depth)),
    ntk: depths.map((depth) => row(pair, depth).map((value) => value / (own[depth] ?? Number.NaN))),
  }
}

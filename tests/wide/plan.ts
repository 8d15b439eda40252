import { treeLeaves, treeMap } from '@ntk/autodiff'
import { type AnyLayer, FanOut, type Layer, type Params, parallel, repeat, serial } from '@ntk/stax'
import {
  cast,
  cholesky,
  concatenate,
  eigh,
  foldIn,
  type Key,
  matmul,
  mul,
  neg,
  reshape,
  slice,
  type Tensor,
  tensor,
  transpose,
  triangularSolve,
} from '@ntk/tensor'

/** A network by its parts, so that it can be walked layer by layer. */
export type Plan =
  /** `weights`: drawn independently for every channel of its inputs. */
  | { readonly layer: Layer; readonly weights: boolean }
  | { readonly chain: readonly Plan[] }
  | { readonly branches: readonly Plan[]; readonly join: Layer<'many', 'one'> }
  | { readonly repeated: Plan; readonly times: number }

/** The network itself. */
export function networkOf(plan: Plan): Layer {
  if ('layer' in plan) return plan.layer
  if ('chain' in plan) return single(serial(...plan.chain.map(networkOf)))
  if ('repeated' in plan) return single(repeat(networkOf(plan.repeated), plan.times))
  const branches = plan.branches.map(networkOf)
  return single(serial(FanOut(branches.length), parallel(...branches), plan.join))
}

function single(layer: AnyLayer): Layer {
  if (layer.inputs !== 'one' || layer.outputs !== 'one') throw new Error('takes or gives several values')
  return layer as Layer
}

/**
 * Values with few channels and the same products of all pairs of positions, [n, positions, channels]. Weights that are drawn
 * independently for every channel know no more of their inputs: what comes behind them has the distribution that it would have
 * behind the wide layer, and a layer of many channels costs no more weights than one of few.
 */
function fewChannels(x: Tensor): Tensor {
  const channels = x.shape.at(-1) as number
  const rows = x.size / channels
  if (channels <= rows) return x
  const flat = reshape(x, [rows, channels])
  const { values, vectors } = eigh(cast(matmul(flat, transpose(flat)), 'float64'))
  const roots = values.dataSync().map((v) => Math.sqrt(Math.max(0, (v * rows) / channels)))
  return cast(reshape(mul(vectors, tensor(roots)), [...x.shape.slice(0, -1), rows]), x.dtype)
}

/**
 * Numbers [..., channels] that are as good as independent normal ones, and have less noise: the second half of the channels is the
 * first with the other sign, and their second moments are exactly those of normal numbers.
 */
function balanced(numbers: readonly Tensor[]): Tensor[] {
  const channels = numbers[0]?.shape.at(-1) as number
  const half = channels / 2
  const rows = numbers.map((x) => reshape(x, [x.size / channels, channels]))
  const drawn = cast(slice(concatenate(rows), null, [0, half]), 'float64')
  const factor = cholesky(mul(matmul(drawn, transpose(drawn)), 1 / half))
  const even = cast(triangularSolve(factor, drawn), 'float32')
  const whole = concatenate([even, neg(even)], 1)
  let at = 0
  return rows.map((x, i) => {
    const own = slice(whole, [at, (at += x.shape[0] as number)])
    return reshape(own, (numbers[i] as Tensor).shape)
  })
}

/** The weights and biases of a layer, those to the same channels balanced together where there are channels enough. */
function balancedTree(params: Params<Tensor>): Params<Tensor> {
  const leaves = treeLeaves(params) as Tensor[]
  const found = new Map<Tensor, Tensor>()
  for (const channels of new Set(leaves.map((x) => x.shape.at(-1) as number))) {
    const own = leaves.filter((x) => x.shape.at(-1) === channels)
    const rows = own.reduce((sum, x) => sum + x.size / channels, 0)
    const draws = channels % 2 === 0 && 4 * rows < channels ? balanced(own) : own
    own.forEach((x, i) => {
      found.set(x, draws[i] as Tensor)
    })
  }
  return treeMap((x: Tensor) => found.get(x) as Tensor, params)
}

/** What the finite network makes of x, its weights drawn layer by layer, and balanced where nothing else is said. */
export function walk(plan: Plan, x: Tensor, key: Key, pattern?: Tensor, balance = true): Tensor {
  if ('chain' in plan)
    return plan.chain.reduce((y, part, i) => walk(part, y, foldIn(key, i), pattern, balance), x)
  if ('repeated' in plan) {
    const again = Array.from({ length: plan.times }, () => plan.repeated)
    return walk({ chain: again }, x, key, pattern, balance)
  }
  if ('branches' in plan) {
    // Branches see the same values, with the same few channels.
    const ys = plan.branches.map((branch, i) => walk(branch, x, foldIn(key, i), pattern, balance))
    return plan.join.apply(null, ys)
  }
  const input = plan.weights ? fewChannels(x) : x
  const { params } = plan.layer.init(key, input.shape, { dtype: 'float32' })
  const options = { key: foldIn(key, 1), ...(pattern === undefined ? {} : { pattern }) }
  return plan.layer.apply(balance ? balancedTree(params) : params, input, options)
}

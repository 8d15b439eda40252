import { treeFlatten } from '@ntk/autodiff'
import { gradientDescentMse, linearizedWeights } from '@ntk/dynamics'
import { kernelFn } from '@ntk/kernels-analytic'
import { empiricalNtkFn, kernelDistance } from '@ntk/kernels-empirical'
import type { Layer, Params } from '@ntk/stax'
import { cast, concatenate, reshape, slice, type Tensor, tensorFromData } from '@ntk/tensor'
import type { StageContext } from '../../experiment/stage.js'
import { rowsOf } from '../../measures/rows.js'
import type { Apply } from '../../networks/apply.js'
import { type Curve, curveOfOutputs, type Distance, distanceBetween } from './curves.js'
import type { Sets } from './samples.js'

/** What closed forms and kernels say of one network. */
export interface KernelNumbers {
  /** RMSE of the network from what the kernel at infinite width predicts from its start, at every evaluation. */
  readonly analyticRmse: readonly number[]
  /** RMS of how far it predicts outputs to move from their start, likewise. */
  readonly analyticMoved: readonly number[]
  /** ‖Θ̂_T − Θ̂_0‖ / ‖Θ̂_0‖ over training samples. */
  readonly change: number
  /** ‖Θ̂_0 − Θ‖ / ‖Θ‖ over training samples. */
  readonly toAnalytic: number
  /** ‖θ_T − θ_lin,T‖ / ‖θ_T − θ_0‖: how far weights are from those of the linearization, of the way that they went. */
  readonly weights: number
}

interface Job {
  readonly net: Layer
  /** The network, or the network less itself at its start. */
  readonly apply: Apply
  readonly params: Params<Tensor>
  /** Parameters after the last step. */
  readonly trained: Params<Tensor>
  readonly sets: Sets
  readonly at: readonly number[]
  readonly rate: number
  /** Outputs of the network on the test set at these steps. */
  readonly own: readonly ArrayLike<number>[]
}

interface Followed {
  readonly curve: Curve
  readonly kernel: { readonly distance: Distance; readonly numbers: KernelNumbers }
  readonly outputs: readonly ArrayLike<number>[]
  readonly entries: number[][]
}

const wide = (x: Tensor): Tensor => cast(x, 'float64')

/**
 * The linearization at these steps by its closed form, (I − ηΘ̂)^t (Lee et al. 2019, Equations 8 and 9), and what the analytic kernel predicts from
 * the same start in its place.
 */
export async function linearizedByKernel(
  { net, apply, params, trained, sets, at, rate, own }: Job,
  { signal, onPart }: StageContext,
): Promise<Followed> {
  const { x, y } = sets.train
  const ntk = empiricalNtkFn(net.apply, { traceAxes: [-1] })
  const before = await ntk(x, null, params, { signal })
  const cross = await ntk(sets.test.x, x, params, { signal })
  const after = await ntk(x, null, trained, { signal })
  const n = x.shape[0] ?? 0
  const [all, m] = [concatenate([x, sets.test.x], 0), sets.test.x.shape[0] ?? 0]
  const exact = await kernelFn(net)(wide(all), null, { get: 'ntk', signal })
  const inside = slice(exact, [0, n], [0, n])
  onPart(0.9)
  const starts = { t: [...at], fTrain0: wide(apply(params, x)), fTest0: wide(apply(params, sets.test.x)) }
  const predict = (kernel: Tensor, outside: Tensor): { train: Tensor; test: Tensor; representer: Tensor } => {
    const options = { learningRate: rate, dynamics: 'steps' } as const
    const found = gradientDescentMse(wide(kernel), wide(y), options)({ ...starts, kTestTrain: wide(outside) })
    const { test } = found
    if (test === null) throw new Error('no prediction on the test set')
    return { ...found, test }
  }
  const linear = predict(before, cross)
  const limit = predict(inside, slice(exact, [n, n + m], [0, n]))
  const outputs = rowsOf(linear.test)
  const analytic = distanceBetween(rowsOf(limit.test), own)
  const entries: number[][] = []
  let weights = Number.NaN
  for (const [i, row] of rowsOf(linear.representer).entries()) {
    const representer = cast(
      tensorFromData(Float64Array.from(row), [n, 1]),
      x.dtype === 'float32' ? 'float32' : 'float64',
    )
    const moved = await linearizedWeights(apply, params, x, representer, { signal })
    entries.push(Array.from(readEntries(moved.params).dataSync()))
    if (i === at.length - 1) weights = relative(trained, moved.params, params)
    onPart(0.9 + (0.1 * (i + 1)) / at.length)
  }
  return {
    curve: { train: curveOfOutputs(linear.train, y), test: curveOfOutputs(linear.test, sets.test.y) },
    kernel: {
      distance: distanceBetween(own, outputs),
      numbers: {
        analyticRmse: analytic.rmse,
        analyticMoved: analytic.moved,
        change: (await kernelDistance(after, before)).relativeFrobenius,
        toAnalytic: (await kernelDistance(wide(before), inside)).relativeFrobenius,
        weights,
      },
    },
    outputs,
    entries,
  }
}

/** ‖a − b‖ / ‖a − start‖ over all parameters. */
function relative(a: Params<Tensor>, b: Params<Tensor>, start: Params<Tensor>): number {
  const leaves = [a, b, start].map((tree) => treeFlatten(tree).leaves as Tensor[])
  const [own = [], other = [], first = []] = leaves
  let [apart, moved] = [0, 0]
  own.forEach((leaf, l) => {
    const [p, q, o] = [leaf.dataSync(), other[l]?.dataSync() ?? [], first[l]?.dataSync() ?? []]
    for (let i = 0; i < p.length; i++) {
      apart += ((p[i] as number) - (q[i] ?? Number.NaN)) ** 2
      moved += ((p[i] as number) - (o[i] ?? Number.NaN)) ** 2
    }
  })
  return Math.sqrt(apart / moved)
}

/** Weights of a layer that are looked at. */
const each = 2

/** Some single weights: the first ones of the first, the middle and the last matrix. */
export function readEntries(params: Params<Tensor>): Tensor {
  const matrices = (treeFlatten(params).leaves as Tensor[]).filter(({ rank }) => rank > 1)
  const chosen = [...new Set([0, Math.floor((matrices.length - 1) / 2), matrices.length - 1])]
  const parts = chosen.flatMap((i) => {
    const matrix = matrices[i]
    return matrix === undefined
      ? []
      : [slice(reshape(matrix, [matrix.size]), [0, Math.min(each, matrix.size)])]
  })
  return concatenate(parts, 0)
}

import {
  add,
  arange,
  bindComposite,
  type Composite,
  cast,
  Donation,
  type DualPlace,
  type DualStackParams,
  type DualStep,
  dotGeneral,
  type FloatDType,
  greater,
  type KnownProducts,
  lessEqual,
  logicalAnd,
  mul,
  NtkError,
  ones,
  pad,
  reshape,
  runFused,
  type SeriesParams,
  type StackStep,
  Tensor,
  tensor,
  transpose,
  type Value,
  where,
  zerosLike,
} from '@ntk/tensor'
import { abReluDual } from '../activations/ab-relu.js'
import type { Dual, PairCovariances } from '../activations/activation.js'
import { activationOf } from '../activations/by-name.js'
import { decomposition } from '../activations/composite.js'
import { abReluDeficit, affineDeficit } from '../activations/deficit.js'
import { type ErfShape, erfDual } from '../activations/erf.js'
import type { Slopes } from '../activations/slopes.js'
import { readProfile } from './profile.js'

/** Variances after the steps: the numbers that `dualStack` gives for equal inputs. */
export const dualStackVarianceComposite: Composite<'dualStackVariance'> = {
  name: 'dualStackVariance',
  decompose: ([variance], { steps }) => [steps.reduce(stepVariance, variance)],
}

/** The duals behind the steps that are activations. */
const duals: { readonly abRelu: Dual<Slopes>; readonly erf: Dual<ErfShape> } = {
  abRelu: abReluDual((slopes) => slopes),
  erf: erfDual((shape) => shape),
}

type NonlinearStep = Exclude<DualStep, { readonly kind: 'affine' | 'profile' }>

function pairOf(step: NonlinearStep, covariances: PairCovariances): readonly [Value, () => Value] {
  switch (step.kind) {
    case 'abRelu':
      return duals.abRelu.pair(covariances, step)
    case 'erf':
      return duals.erf.pair(covariances, step)
    case 'series':
      return dualOf(step.of).pair(covariances, step.of.options as never)
  }
}

function stepVariance(q: Value, step: DualStep): Value {
  switch (step.kind) {
    case 'affine':
      return add(mul(q, step.wVar), step.bVar)
    case 'profile':
      return mul(q, step.gain)
    case 'abRelu':
      return duals.abRelu.variance(q, step)
    case 'erf':
      return duals.erf.variance(q, step)
    case 'series':
      return dualOf(step.of).variance(q, step.of.options as never)
  }
}

/** The dual of the activation that a step by series is of. */
function dualOf({ name }: SeriesParams['of']): Dual<never> {
  const { dual } = activationOf(name)
  if (dual !== null) return dual
  throw new NtkError('spec', { what: 'A step by series is of an activation with a kernel.', got: name })
}

/** The dual of an activation by its series. */
export const dualSeriesComposite: Composite<'dualSeries'> = {
  name: 'dualSeries',
  decompose: decomposition((covariances, params) => pairOf({ kind: 'series', ...params }, covariances)),
}

/**
 * A run of steps over a block of pairs. Inputs: K [n1, n2], the variances [n1] and [n2] of the inputs, and Θ, 0 unless given.
 * Outputs: K, and Θ where `ntk` is set. One composite for the whole run: this is the hot path of fully connected kernels.
 */
export const dualStackComposite: Composite<'dualStack'> = {
  name: 'dualStack',
  decompose: ([k, v1, v2, before], { steps, ntk }) => {
    const q11 = reshape(v1, [v1.shape[0] as number, 1])
    const q22 = reshape(v2, [1, v2.shape[0] as number])
    const stops: Value[] = []
    const start = ntk ? (before ?? zerosLike(k)) : null
    const [nngp, theta] = plainStack(steps, { q: k, q11, q22 }, start, (own, other) =>
      stops.push(...(other === null ? [own] : [own, other])),
    )
    return theta === null ? [nngp, ...stops] : [nngp, theta, ...stops]
  },
}

/** K and Θ (null without one) of pairs after a run of steps, in plain ops; `stop` gets those of every stop. */
export function plainStack(
  steps: readonly StackStep[],
  { q, q11, q22, deficit }: PairCovariances,
  ntk: Value | null,
  stop: (nngp: Value, ntk: Value | null) => void = () => {},
): readonly [Value, Value | null] {
  let pairs: PairCovariances = { q, q11, q22, deficit }
  let theta = ntk
  for (const step of steps) {
    if (step.kind === 'stop') {
      stop(pairs.q, theta)
      continue
    }
    const after = { q11: stepVariance(pairs.q11, step), q22: stepVariance(pairs.q22, step) }
    if (step.kind === 'affine') {
      const nngp = add(mul(pairs.q, step.wVar), step.bVar)
      theta = theta === null ? null : add(nngp, mul(theta, step.wVar))
      const before = pairs.deficit
      const deficit = before === undefined ? undefined : affineDeficit(pairs, before, step.wVar, step.bVar)
      pairs = { ...after, q: nngp, deficit }
    } else if (step.kind === 'profile') {
      const [nngp, whole] = readProfile(pairs, step)
      theta = theta === null ? null : whole
      pairs = { ...after, q: nngp }
    } else {
      // Plain like the variances beside it, also where a backend fuses one activation: mixed, equal inputs differ by a bit,
      // and the next activation takes the root of that.
      const [nngp, slope] = pairOf(step, pairs)
      theta = theta === null ? null : mul(theta, slope())
      const deficit = step.kind === 'abRelu' ? abReluDeficit(pairs, step) : undefined
      pairs = { ...after, q: nngp, deficit }
    }
  }
  return [pairs.q, theta]
}

/** K and Θ (null unless `ntk`) after a run of steps, from a Θ or from 0 on; see `dualStackComposite`. */
export function dualStack<V extends Value>(
  params: DualStackParams,
  nngp: V,
  variance1: V,
  variance2: V,
  before: V | null = null,
): [V, V | null] {
  const [last] = dualStackStops(params, nngp, variance1, variance2, before)
  return last as [V, V | null]
}

/** The same, and behind it K and Θ of every stop among the steps. */
export function dualStackStops<V extends Value>(
  params: DualStackParams,
  nngp: V,
  variance1: V,
  variance2: V,
  before: V | null = null,
): [V, V | null][] {
  const inputs = [nngp, variance1, variance2] as const
  const given = before === null ? inputs : ([...inputs, before] as const)
  const all = bindComposite(dualStackComposite, given, params).map((x) => x as V)
  if (!params.ntk) return all.map((k) => [k, null])
  return Array.from({ length: all.length / 2 }, (_, i) => [all[2 * i] as V, all[2 * i + 1] as V])
}

/**
 * As `dualStack`, with the block in its place of the matrices that `names` names: outputs are the matrices with the block
 * written. Symmetric, what stands below the diagonal is written above it too.
 */
export const dualStackIntoComposite: Composite<'dualStackInto'> = {
  name: 'dualStackInto',
  decompose: ([k, v1, v2, ...matrices], { steps, names, row, col, symmetric }) => {
    const [nngp, ntk] = dualStackComposite.decompose([k, v1, v2], { steps, ntk: names.includes('ntk') })
    const [n1, n2] = matrices[0].shape as readonly [number, number]
    const [rows, cols] = k.shape as readonly [number, number]
    const low = [row, col]
    const high = [n1 - row - rows, n2 - col - cols]
    const widths = low.map((before, axis) => [before, high[axis] as number] as const)
    const i = reshape(arange(n1), [n1, 1])
    const j = arange(n2)
    const inside = greater(pad(ones([rows, cols], 'int32'), widths), 0)
    const counts = symmetric ? logicalAnd(inside, lessEqual(j, i)) : inside
    const placed = (matrix: Value, name: 'nngp' | 'ntk' | undefined): Value => {
      const block = pad(cast(name === 'ntk' && ntk !== undefined ? ntk : nngp, matrix.dtype), widths)
      const above = symmetric ? where(transpose(counts), transpose(block), matrix) : matrix
      return where(counts, block, above)
    }
    const [first, other] = matrices
    const own = placed(first, names[0])
    return other === undefined ? [own] : [own, placed(other, names[1])]
  },
}

/** The products of samples with those that are known better in their place. */
function productsOf(x1: Value, x2: Value, { at, values }: KnownProducts): Value {
  const k = dotGeneral(x1, x2, { lhsContract: [1], rhsContract: [1] })
  if (at.length === 0) return k
  const [rows, cols] = k.shape as readonly [number, number]
  const [hits, products] = [new Float64Array(rows * cols), new Float64Array(rows * cols)]
  at.forEach((place, i) => {
    hits[place] = 1
    products[place] = values[i] as number
  })
  const device = Tensor.isInstance(x1) ? { backend: x1.backend } : {}
  const placed = (x: Float64Array): Value =>
    reshape(tensor(x, { dtype: k.dtype as FloatDType, ...device }), [rows, cols])
  return where(greater(placed(hits), 0), placed(products), k)
}

/** As `dualStackInto`, from samples on, with K their products but for those that are known better. */
export const gramStackIntoComposite: Composite<'gramStackInto'> = {
  name: 'gramStackInto',
  decompose: ([x1, x2, v1, v2, matrix, other], params) => {
    const k = productsOf(x1, x2, params.known)
    const block = [k, v1, v2, matrix] as const
    return dualStackIntoComposite.decompose(other === undefined ? block : [...block, other], params)
  },
}

/**
 * As `dualStack`, straight into `matrices`, which are given away; gives null where the backend wrote there, else K and Θ, and
 * the matrices are as they were.
 */
export function dualStackInto(
  steps: readonly DualStep[],
  nngp: Tensor,
  variance1: Tensor,
  variance2: Tensor,
  place: DualPlace,
  [matrix, other]: readonly Tensor[],
): [Tensor, Tensor | null] | null {
  if (matrix !== undefined) {
    const inputs = [nngp, variance1, variance2, matrix] as const
    const params = { steps, ...place }
    const outputs =
      other === undefined
        ? runFused('dualStackInto', inputs, params, new Donation([3]))
        : runFused('dualStackInto', [...inputs, other], params, new Donation([3, 4]))
    if (outputs !== null) return null
  }
  return dualStack({ steps, ntk: place.names.includes('ntk') }, nngp, variance1, variance2)
}

/** Samples whose products are K, but for those that are known better. */
export interface Samples {
  readonly x1: Tensor
  readonly x2: Tensor
  readonly known: KnownProducts
}

/** Whether the backend made K of the samples, took it through the steps and wrote it to `matrices`, which are given away; else they are as they were. */
export function gramStackInto(
  steps: readonly DualStep[],
  { x1, x2, known }: Samples,
  variance1: Tensor,
  variance2: Tensor,
  place: DualPlace,
  [matrix, other]: readonly Tensor[],
): boolean {
  if (matrix === undefined) return false
  const inputs = [x1, x2, variance1, variance2, matrix] as const
  const params = { steps, ...place, known }
  const outputs =
    other === undefined
      ? runFused('gramStackInto', inputs, params, new Donation([4]))
      : runFused('gramStackInto', [...inputs, other], params, new Donation([4, 5]))
  return outputs !== null
}

/** Variances after a run of steps; see `dualStackVarianceComposite`. */
export function dualStackVariance<V extends Value>(steps: readonly DualStep[], variance: V): V {
  return bindComposite(dualStackVarianceComposite, [variance], { steps })[0] as V
}

import {
  add,
  concatenate,
  matmul,
  mul,
  NtkError,
  reshape,
  sizeOf,
  stack,
  sub,
  type Tensor,
  tensorFromData,
  transpose,
} from '@ntk/tensor'
import {
  aTensor,
  boolean,
  isRecord,
  type OptionsOf,
  oneOrMore,
  optional,
  orNull,
  type Rule,
  type RulesFor,
  readOptions,
  record,
  show,
} from '@ntk/tensor/options'
import { asCovariance } from './covariance.js'
import { fromHost, onHost, shapeError } from './host.js'
import {
  type MseOptions,
  motionOf,
  precisionOf,
  readMseOptions,
  type Singular,
  singularRule,
} from './options.js'
import { response } from './propagator.js'
import {
  requireInvertible,
  responsesOf,
  type Spectrum,
  scaleRows,
  spectrumOf,
  trainKernel,
} from './spectrum.js'
import { readTimes, splitTimes, type Times, timedShape, timesRule } from './times.js'

export type EnsembleName = 'nngp' | 'ntk'

export interface EnsembleKernels {
  /** K(train, train) [n, n]. */
  readonly nngp: Tensor
  /** Θ(train, train) [n, n]; without it only 'nngp' can be predicted. */
  readonly ntk?: Tensor | undefined
}

/** Test points by their kernels. */
export interface EnsembleTest {
  /** K(test, train) and Θ(test, train) [m, n]; Θ only where 'ntk' is wanted. */
  readonly kTestTrain: EnsembleKernels
  /** K(test, test) [m, m], for covariances. */
  readonly nngpTestTest?: Tensor | undefined
}

/** What every prediction of an ensemble is asked for. */
export interface EnsembleInput {
  /** What is trained: all weights ('ntk') or the readout alone ('nngp'). A name gives its distribution, a list a record; both unless given. */
  readonly get?: EnsembleName | readonly EnsembleName[] | undefined
  /** As for `gradientDescentMse`; Infinity unless given. */
  readonly t?: Times | null | undefined
  /** Whether covariances are wanted; true unless given. */
  readonly covariance?: boolean | undefined
  /** As in the options of `gradientDescentMseEnsemble`, for this prediction alone. */
  readonly singular?: Singular | undefined
}

export interface EnsemblePredictInput extends EnsembleInput {
  /** The training set itself where absent or null, by its kernel without regularizer. */
  readonly test?: EnsembleTest | null | undefined
}

const names = ['nngp', 'ntk'] as const

/** Rules of `EnsembleInput`. */
export const ensembleRules: {
  readonly get: Rule<EnsembleName | readonly EnsembleName[]>
  readonly t: Rule<Times | null | undefined>
  readonly covariance: Rule<boolean>
  readonly singular: Rule<Singular | undefined>
} = { get: oneOrMore(names, names), t: timesRule(), covariance: boolean(true), singular: singularRule() }

const matrices = record({ nngp: aTensor(), ntk: optional(aTensor()) })

const inputRules = {
  ...ensembleRules,
  test: optional(orNull(record({ kTestTrain: matrices, nngpTestTest: optional(aTensor()) }))),
} satisfies RulesFor<EnsemblePredictInput>

/**
 * Mean [m, ...] over initializations, shaped as y is, and covariance [m, m] of each output (null where not wanted); a leading axis
 * of times where `t` is a list.
 */
export interface Gaussian<C extends Tensor | null = Tensor> {
  readonly mean: Tensor
  readonly covariance: C
}

/** The covariance is there unless the input says otherwise. */
export type GaussianFor<I> = I extends { readonly covariance: false } ? Gaussian<null> : Gaussian

/** A distribution for a name, a record of them for a list. */
export type EnsembleResult<I> = I extends { readonly get: EnsembleName }
  ? GaussianFor<I>
  : I extends { readonly get: readonly (infer N extends EnsembleName)[] }
    ? { readonly [K in N]: GaussianFor<I> }
    : I extends { readonly get?: undefined }
      ? { readonly [K in EnsembleName]: GaussianFor<I> }
      : GaussianFor<I> | { readonly [K in EnsembleName]?: GaussianFor<I> }

export type EnsemblePredict = <const I extends EnsemblePredictInput = object>(input?: I) => EnsembleResult<I>

const owner = 'gradientDescentMseEnsemble'

/** The distribution over initializations by kernel matrices; see `gradientDescentMseEnsemble`. */
export function ensembleOfMatrices(
  kernels: EnsembleKernels,
  yTrain: Tensor,
  options?: MseOptions,
): EnsemblePredict {
  const settings = readMseOptions(owner, options)
  if (!isRecord(kernels)) {
    throw new NtkError('value', {
      what: `${owner} needs a kernel function or a record of kernels.`,
      got: show(kernels),
      fix: 'Write gradientDescentMseEnsemble({ nngp, ntk }, yTrain).',
    })
  }
  const y = onHost(yTrain, 'yTrain')
  const nngp = trainKernel(kernels.nngp, 'nngp')
  const n = nngp.shape[0] as number
  const outputs = sizeOf(y.shape.slice(1))
  if (y.shape[0] !== n || outputs === 0) {
    throw shapeError(`yTrain needs a shape [${n}, ...]: the kernels are of ${n} samples.`, y.shape)
  }
  const motion = motionOf(settings, sizeOf(y.shape))
  const known = new Map<EnsembleName, Spectrum>()
  const spectrumFor = (get: EnsembleName): Spectrum => {
    const before = known.get(get)
    if (before !== undefined) return before
    const given = get === 'nngp' ? kernels.nngp : kernels.ntk
    if (given === undefined) throw missing("the distribution of 'ntk'", 'ntk')
    const matrix = get === 'nngp' ? nngp : trainKernel(given, 'ntk')
    if (matrix.shape[0] !== n) throw shapeError(`ntk needs a shape [${n}, ${n}], as nngp has.`, given.shape)
    const spectrum = spectrumOf(matrix, get, settings, precisionOf(given.dtype))
    known.set(get, spectrum)
    return spectrum
  }

  const distribution = (
    get: EnsembleName,
    { t, test, covariance, singular }: Omit<OptionsOf<typeof inputRules>, 'get'>,
  ): Gaussian<Tensor | null> => {
    const spectrum = spectrumFor(get)
    const times = readTimes(t, motion.dynamics === 'steps')
    if (times.list.includes(Infinity) && (singular ?? settings.singular) === 'error') {
      requireInvertible(spectrum, get)
    }
    const responses = times.list.map((time) => responsesOf(spectrum, (v) => response(motion, v, time)))
    const points = test ? testPoints(test, get, nngp, covariance, spectrum) : trainPoints(nngp, spectrum)
    const coefficients = matmul(transpose(spectrum.vectors), reshape(y, [n, outputs]))
    // The start is 0 on average, so the error that training removes is −y.
    const columns = concatenate(
      responses.map((g) =>
        scaleRows(
          coefficients,
          g.map((v) => -v),
        ),
      ),
      1,
    )
    const means = splitTimes(matmul(points.toEigen, columns), times)
    const m = points.toEigen.shape[0] as number
    const mean = fromHost(reshape(means, timedShape(times, [m, ...y.shape.slice(1)])), yTrain)
    if (!covariance) return { mean, covariance: null }
    const each = responses.map((g) => (get === 'nngp' ? points.readout(g) : points.full(g)))
    return {
      mean,
      covariance: fromHost(times.several ? stack(each, 0) : (each[0] as Tensor), yTrain),
    }
  }
  const predict = (input?: EnsemblePredictInput): unknown => {
    const { get, ...rest } = readOptions(`predict of ${owner}`, inputRules, input)
    return typeof get === 'string'
      ? distribution(get, rest)
      : Object.fromEntries(get.map((name) => [name, distribution(name, rest)]))
  }
  return predict as EnsemblePredict
}

/** Where predictions are made, seen from the training set's eigenvectors. */
interface Points {
  /** (kernel of the points to the training set) V: [m, n]. */
  readonly toEigen: Tensor
  /** Covariance after training the readout alone, from the responses. */
  readout(g: Float64Array): Tensor
  /** Covariance after training all weights. */
  full(g: Float64Array): Tensor
}

/**
 * The training set as a test set: its kernel to what was trained on has no regularizer, V diag(μ) Vᵀ, where training sees
 * λ = μ + r. Sums of squares where they can be, so that little cancels.
 */
function trainPoints(nngp: Tensor, { own, values, vectors, shift }: Spectrum): Points {
  const adjoint = transpose(vectors)
  return {
    toEigen: mulColumns(vectors, own),
    // K − K (K + r)⁻¹ (I − e^{−2η(K + r)t}) K = V μ (e² − r g (1 + e)) Vᵀ with e = e^{−ηλt} = 1 + λ g
    readout: (g) => {
      const variances = g.map((v, i) => {
        const [mu, decay] = [own[i] as number, 1 + (values[i] as number) * v]
        return mu * (decay * decay - shift * v * (1 + decay))
      })
      return asCovariance(matmul(vectors, scaleRows(adjoint, variances)))
    },
    // (I − A) K (I − A)ᵀ, A = Θ (Θ + r)⁻¹ (I − e^{−η(Θ + r)t})
    full: (g) => {
      const left = matmul(
        vectors,
        scaleRows(
          adjoint,
          g.map((v, i) => 1 + (own[i] as number) * v),
        ),
      )
      return asCovariance(matmul(matmul(left, nngp), left))
    },
  }
}

function testPoints(
  { kTestTrain, nngpTestTest }: EnsembleTest,
  get: EnsembleName,
  nngp: Tensor,
  covariance: boolean,
  { values, vectors }: Spectrum,
): Points {
  const n = nngp.shape[0] as number
  const cross = (name: EnsembleName): Tensor => {
    const given = kTestTrain[name]
    if (given === undefined) throw missing(`the distribution of '${get}'`, `kTestTrain.${name}`)
    const x = onHost(given, `kTestTrain.${name}`)
    if (x.shape.length !== 2 || x.shape[1] !== n)
      throw shapeError(`kTestTrain.${name} needs a shape [m, ${n}].`, x.shape)
    return x
  }
  const across = cross(get)
  const toEigen = matmul(across, vectors)
  const m = across.shape[0] as number
  const own = (): Tensor => {
    if (nngpTestTest === undefined) throw missing('a covariance', 'nngpTestTest')
    const x = onHost(nngpTestTest, 'nngpTestTest')
    if (x.shape.length !== 2 || x.shape[0] !== m || x.shape[1] !== m) {
      throw shapeError(`nngpTestTest needs a shape [${m}, ${m}].`, x.shape)
    }
    return x
  }
  const prior = covariance ? own() : nngp
  return {
    toEigen,
    // K(x, x) − K(x, X) K⁻¹ (I − e^{−2ηKt}) K(X, x)
    readout: (g) => {
      const middle = g.map((v, i) => v * (2 + (values[i] as number) * v))
      const change = matmul(mulColumns(toEigen, middle), transpose(toEigen))
      return asCovariance(add(prior, change))
    },
    // K(x, x) + A K Aᵀ − (A K(X, x) + its transpose), A = Θ(x, X) Θ⁻¹ (I − e^{−ηΘt})
    full: (g) => {
      const a = matmul(
        mulColumns(
          toEigen,
          g.map((v) => -v),
        ),
        transpose(vectors),
      )
      const crossed = matmul(a, transpose(cross('nngp')))
      const changed = matmul(matmul(a, nngp), transpose(a))
      const twice = add(crossed, transpose(crossed))
      return asCovariance(sub(add(prior, changed), twice))
    },
  }
}

function mulColumns(x: Tensor, numbers: Float64Array): Tensor {
  return mul(x, tensorFromData(numbers, [numbers.length], x.backend))
}

function missing(what: string, name: string): NtkError {
  return new NtkError('option', { what: `For ${what} the ensemble needs ${name}.`, got: 'nothing' })
}

import {
  concatenate,
  matmul,
  matrixTranspose,
  NtkError,
  slice,
  type Tensor,
  throwIfAborted,
  toHost,
} from '@ntk/tensor'
import {
  choleskyFactor,
  columnSquares,
  eigenFactor,
  type Factor,
  type Factorization,
  spectrumOf,
} from './algebra/factor.js'
import { type Gram, readGram } from './algebra/gram.js'
import { inDouble, shapeError } from './algebra/host.js'
import type { Noise } from './algebra/noise.js'
import type { FitCall, KernelSource } from './kernel-source.js'

/** What a Gaussian process says of m samples. */
export interface Posterior {
  /** [m, outputs]. */
  readonly mean: Tensor
  /** [m], of the function, the same for every output; null where nobody asked. */
  readonly variance: Float64Array | null
}

/** A Gaussian process of mean 0 after seeing targets [n, outputs]: what every estimator stands on. */
export interface Process {
  readonly n: number
  /** σ². */
  readonly variance: number
  /** What a kernel is looked up by: the samples of the training set, and null where kernels are handed in. */
  readonly x: Tensor | null
  readonly targets: Tensor
  /** A⁻¹y [n, outputs]. */
  readonly solution: Tensor
  readonly gram: Gram
  readonly factor: Factor
  /** The same kernel with another noise: an eigendecomposition is reused, else the kernel is factored again. */
  withNoise(noise: Noise): Process
  predict(input: ProcessInput): Promise<Posterior>
}

export interface ProcessInput extends FitCall {
  /** Samples [m, ...], or where kernels are handed in k(test, train) [m, n]. */
  readonly x: Tensor
  /** Whether variances are wanted. */
  readonly variance: boolean
  /** k(x, x) of each sample [m]; null where the source knows. */
  readonly own: Float64Array | null
}

interface Setting {
  readonly source: KernelSource | null
  readonly x: Tensor | null
  readonly targets: Tensor
  readonly factorization: Factorization
}

/** Numbers of a block of k(test, train) that is held at once. */
const blockSize = 2 ** 24

/** Conditions a process on targets. `kernel` is that of the training set [n, n]. */
export async function processOf(kernel: Tensor, noise: Noise, setting: Setting): Promise<Process> {
  const gram = readGram(await toHost(kernel), 'The kernel of the training set')
  if (setting.factorization === 'cholesky') {
    return conditioned(gram, setting, noise, (other) => choleskyFactor(gram, other))
  }
  const spectrum = spectrumOf(gram)
  return conditioned(gram, setting, noise, (other) => eigenFactor(gram, spectrum, other))
}

function conditioned(
  gram: Gram,
  setting: Setting,
  noise: Noise,
  factorOf: (noise: Noise) => Factor,
): Process {
  const { source, x, targets } = setting
  const { n } = gram
  const factor = factorOf(noise)
  const solution = factor.solve(targets)
  const predict = async ({ x: given, variance, own, ...call }: ProcessInput): Promise<Posterior> => {
    const m = given.shape[0] as number
    const rows = Math.max(1, Math.floor(blockSize / n))
    const means: Tensor[] = []
    const variances = variance ? await ownVariances(given, own, source, call) : null
    for (let start = 0; start < m; start += rows) {
      throwIfAborted(call.signal, 'The prediction')
      const part = slice(given, [start, Math.min(m, start + rows)])
      const across = source === null || x === null ? part : await source.across(part, x, call)
      means.push(matmul(across, solution))
      if (variances === null) continue
      const explained = columnSquares(factor.whiten(matrixTranspose(across)))
      // below 0 by rounding where a sample is one of the training set
      explained.forEach((e, i) => {
        variances[start + i] = Math.max(0, (variances[start + i] as number) - e)
      })
    }
    return { mean: concatenate(means, 0), variance: variances }
  }
  return {
    n,
    variance: factor.variance,
    x,
    targets,
    solution,
    gram,
    factor,
    withNoise: (other) => conditioned(gram, setting, other, factorOf),
    predict,
  }
}

async function ownVariances(
  x: Tensor,
  own: Float64Array | null,
  source: KernelSource | null,
  call: FitCall,
): Promise<Float64Array> {
  if (source !== null) return source.variances(x, call)
  if (own !== null) return own.slice()
  throw new NtkError('option', {
    what: 'A standard deviation needs the option "kTestTest": the kernel of each test sample with itself, [m] or [m, m].',
    fix: "Give it, or ask for get: 'mean' alone.",
  })
}

/** The diagonal of k(test, test) [m, m], or that itself [m]. Throws NtkError 'shape'. */
export function diagonalOf(kTestTest: Tensor, m: number): Float64Array {
  const data = kTestTest.dataSync()
  const [rows, columns] = kTestTest.shape
  if (rows === m && kTestTest.shape.length === 1) return Float64Array.from(data)
  if (rows === m && columns === m && kTestTest.shape.length === 2) {
    return Float64Array.from({ length: m }, (_, i) => data[i * (m + 1)] as number)
  }
  throw shapeError(`kTestTest needs a shape [${m}] or [${m}, ${m}].`, kTestTest.shape)
}

/** [m] as a column repeated for each of some outputs: [m, outputs]. */
export function repeated(column: Float64Array, outputs: number): Tensor {
  const out = new Float64Array(column.length * outputs)
  column.forEach((v, i) => out.fill(v, i * outputs, (i + 1) * outputs))
  return inDouble(out, [column.length, outputs])
}

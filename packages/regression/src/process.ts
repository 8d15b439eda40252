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
import { readGram } from './algebra/gram.js'
import { inDouble, shapeError } from './algebra/host.js'
import type { Noise } from './algebra/noise.js'
import type { FitCall, KernelSource } from './kernel-source.js'
import { evidenceOf } from './log-marginal-likelihood.js'

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
  /** Its log marginal likelihood; not finite where that is beyond float64. */
  readonly evidence: number
  /** The factorization, where it is there already. */
  readonly factorNow: Factor | null
  /** The same kernel with another noise: an eigendecomposition is reused, else the kernel is factored again. */
  withNoise(noise: Noise): Promise<Process>
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

/** What a process stands on beside its kernel. */
export interface ProcessSetting {
  readonly source: KernelSource | null
  readonly x: Tensor | null
  readonly targets: Tensor
  readonly factorization: Factorization
}

/** Numbers of a block of k(test, train) that is held at once. */
const blockSize = 2 ** 24

/** Conditions a process on targets. `kernel` is that of the training set [n, n]. */
export async function processOf(kernel: Tensor, noise: Noise, setting: ProcessSetting): Promise<Process> {
  const basis = await basisOf(kernel, setting.factorization)
  return conditioned(basis, basis.factor(noise), setting)
}

/** A process that was conditioned before: its solution is known, and its kernel is made again where more than means are asked for. */
export function processAgain(
  { solution, variance, evidence }: Pick<Process, 'solution' | 'variance' | 'evidence'>,
  kernel: () => Promise<Tensor>,
  setting: ProcessSetting,
): Process {
  let made: Promise<Basis> | undefined
  const basis = (): Promise<Basis> => {
    made ??= kernel().then((k) => basisOf(k, setting.factorization))
    return made
  }
  let factor: Promise<Factor> | undefined
  return process({ solution, variance, evidence, factorNow: null }, setting, basis, () => {
    factor ??= basis().then((b) => b.factor({ diagReg: variance, diagRegAbsolute: true }))
    return factor
  })
}

/** A kernel that is ready for any noise. */
interface Basis {
  factor(noise: Noise): Factor
}

async function basisOf(kernel: Tensor, factorization: Factorization): Promise<Basis> {
  const gram = readGram(await toHost(kernel), 'The kernel of the training set')
  if (factorization === 'cholesky') return { factor: (noise) => choleskyFactor(gram, noise) }
  const spectrum = spectrumOf(gram)
  return { factor: (noise) => eigenFactor(gram, spectrum, noise) }
}

function conditioned(basis: Basis, factor: Factor, setting: ProcessSetting): Process {
  const solution = factor.solve(setting.targets)
  const evidence = evidenceOf(factor, setting.targets, solution)
  const known = { solution, variance: factor.variance, evidence, factorNow: factor }
  return process(
    known,
    setting,
    async () => basis,
    async () => factor,
  )
}

function process(
  known: Pick<Process, 'solution' | 'variance' | 'evidence' | 'factorNow'>,
  setting: ProcessSetting,
  basis: () => Promise<Basis>,
  factor: () => Promise<Factor>,
): Process {
  const { source, x, targets } = setting
  const n = targets.shape[0] as number
  return {
    ...known,
    n,
    x,
    targets,
    async withNoise(other) {
      const own = await basis()
      return conditioned(own, own.factor(other), setting)
    },
    async predict({ x: given, variance, own, ...call }) {
      const m = given.shape[0] as number
      const rows = Math.max(1, Math.floor(blockSize / n))
      const means: Tensor[] = []
      const variances = variance ? await ownVariances(given, own, source, call) : null
      for (let start = 0; start < m; start += rows) {
        throwIfAborted(call.signal, 'The prediction')
        const part = slice(given, [start, Math.min(m, start + rows)])
        const across = source === null || x === null ? part : await source.across(part, x, call)
        means.push(matmul(across, known.solution))
        if (variances === null) continue
        const explained = columnSquares((await factor()).whiten(matrixTranspose(across)))
        // below 0 by rounding where a sample is one of the training set
        explained.forEach((e, i) => {
          variances[start + i] = Math.max(0, (variances[start + i] as number) - e)
        })
      }
      return { mean: concatenate(means, 0), variance: variances }
    },
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

import { NtkError, type Tensor } from '@ntk/tensor'
import { choleskyFactor } from '../algebra/factor.js'
import { type Gram, readGram } from '../algebra/gram.js'
import type { Evaluation } from '../optimize/lbfgs.js'
import { type Criterion, likelihoodOf } from './criterion.js'
import type { KernelFamily } from './kernel-gradient.js'
import type { Leaf } from './parameters.js'

interface Task {
  readonly family: KernelFamily
  readonly leaves: readonly Leaf[]
  /** [n, outputs]. */
  readonly y: Tensor
  readonly by: Criterion
  /** The noise, as a multiple of the mean of the kernel's diagonal, where it is not searched for. */
  readonly fixedNoise: number | null
}

/** Minus the log likelihood over the number of targets, in the logarithms of standard deviations and, last, of the noise. */
export interface Objective {
  evaluate(p: Float64Array): Promise<Evaluation>
  /** The value at a place, of several noises: the kernel is made once. Infinity where there is none. */
  values(p: ArrayLike<number>, noises: readonly number[]): Promise<number[]>
  /** The numbers at a place, by their path. */
  numbers(p: ArrayLike<number>): Map<string, number>
  noise(p: ArrayLike<number>): number
}

export function objectiveOf({ family, leaves, y, by, fixedNoise }: Task): Objective {
  const last = leaves.length
  const numbers = (p: ArrayLike<number>): Map<string, number> =>
    new Map(leaves.map(({ path }, i) => [path, Math.exp(p[i] as number)]))
  const noise = (p: ArrayLike<number>): number => fixedNoise ?? Math.exp(p[last] as number)
  const gramAt = async (p: ArrayLike<number>): Promise<Gram> =>
    readGram(await family.kernel(numbers(p)), 'The kernel of the training set')
  return {
    numbers,
    noise,
    async evaluate(p) {
      const gradient = new Float64Array(p.length)
      const result = await reached(async () => {
        const gram = await gramAt(p)
        const { value, cotangent, slope } = withNoise(gram, noise(p), by, y)
        const values = numbers(p)
        const slopes = leaves.length === 0 ? [] : await family.pullBack(values, cotangent, gram.kernel)
        leaves.forEach(({ path }, i) => {
          gradient[i] = (-(slopes[i] as number) * (values.get(path) as number)) / y.size
        })
        if (fixedNoise === null) gradient[last] = -slope / y.size
        return { value: -value / y.size, gradient }
      })
      return result ?? { value: Infinity, gradient }
    },
    async values(p, noises) {
      const gram = await gramAt(p)
      const each = noises.map((diagReg) =>
        reached(async () => -withNoise(gram, diagReg, by, y).value / y.size),
      )
      return (await Promise.all(each)).map((value) => value ?? Infinity)
    },
  }
}

interface WithNoise {
  readonly value: number
  /** dL = Σ_ij G_ij dK_ij, the noise being a multiple of the mean of K's diagonal. */
  readonly cotangent: Float64Array
  /** The derivative in the logarithm of that multiple. */
  readonly slope: number
}

/** A = K + ρ mean(diag K) I: what it gives moves with the diagonal of K by ρ tr(G)/n as well, and with log ρ by ρ mean(diag K) tr(G). */
function withNoise(gram: Gram, diagReg: number, by: Criterion, y: Tensor): WithNoise {
  const { n, scale } = gram
  const { value, cotangent } = likelihoodOf(by, choleskyFactor(gram, { diagReg, diagRegAbsolute: false }), y)
  let trace = 0
  for (let i = 0; i < n; i++) trace += cotangent[i * (n + 1)] as number
  for (let i = 0; i < n; i++) {
    cotangent[i * (n + 1)] = (cotangent[i * (n + 1)] as number) + (diagReg * trace) / n
  }
  return { value, cotangent, slope: trace * diagReg * scale }
}

/** What a computation gives; null where numbers are beyond float64 or a kernel is singular there. */
async function reached<T>(compute: () => Promise<T>): Promise<T | null> {
  try {
    return await compute()
  } catch (error) {
    const beyond = NtkError.isInstance(error) && ['not-positive-definite', 'not-finite'].includes(error.code)
    if (beyond) return null
    throw error
  }
}

import { cpuBackend, NtkError, powerOfTwoNear, type Tensor, tensor } from '@ntk/tensor'
import { onHostNow, shapeError } from './host.js'

/** The kernel of a training set with itself, looked at once. */
export interface Gram {
  /** [n, n] in float64 on the CPU. */
  readonly kernel: Tensor
  readonly n: number
  /** Mean of the diagonal, above 0. */
  readonly scale: number
  /**
   * The power of two near `scale`, by which a kernel is divided before it is factored, so that its inverse is within the numbers of
   * float64 wherever it is itself; 1 for kernels of ordinary size.
   */
  readonly unit: number
}

/** A kernel of the training set that somebody hands in. Throws NtkError 'value', 'dtype', 'shape', 'not-finite'. */
export function readGram(kernel: Tensor, name: string): Gram {
  const k = onHostNow(kernel, name)
  const [n = 0, m] = k.shape
  if (k.shape.length !== 2 || n !== m) {
    const fix =
      k.shape.length > 2
        ? 'A network needs to end in vectors: put Flatten() or GlobalAvgPool() at its end.'
        : undefined
    throw shapeError(`${name} needs a square kernel [n, n] of the training set.`, k.shape, fix)
  }
  if (n === 0) throw shapeError(`${name} needs a sample at least.`, k.shape)
  requireSymmetric(k.dataSync(), n, name)
  return gramOf(k, n, name)
}

function gramOf(kernel: Tensor, n: number, name: string): Gram {
  const data = kernel.dataSync()
  let scale = 0
  for (let i = 0; i < n; i++) scale += (data[i * (n + 1)] as number) / n
  if (!(scale > 0)) {
    throw new NtkError('not-positive-definite', {
      what: `${name} needs a kernel whose diagonal is above 0.`,
      got: `a mean of ${scale}`,
      fix: 'Look for inputs of zeros, and for a network whose output does not depend on them.',
    })
  }
  const near = powerOfTwoNear(tensor(scale, { backend: cpuBackend() })).item()
  return { kernel, n, scale, unit: near < 2 ** -200 || near > 2 ** 200 ? near : 1 }
}

/** Differences that count as rounding, relative to the larger of the two diagonal entries. */
const relative = 1e-5

/** Throws NtkError 'value' unless the matrix `a` [n, n] is symmetric but for rounding. */
function requireSymmetric(a: ArrayLike<number>, n: number, name: string): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const [one, other] = [a[i * n + j] as number, a[j * n + i] as number]
      const size = Math.max(Math.abs(a[i * (n + 1)] as number), Math.abs(a[j * (n + 1)] as number))
      if (one === other || Math.abs(one - other) <= relative * size) continue
      throw new NtkError('value', {
        what: `${name} needs a symmetric kernel.`,
        got: `${one} at [${i}, ${j}] and ${other} at [${j}, ${i}]`,
        fix: 'Hand in the kernel of the training set with itself.',
      })
    }
  }
}

import { NtkError } from '@ntk/tensor'
import type { Preconditioner } from './preconditioner.js'

/** A symmetric positive definite system of several right-hand sides. */
export interface System {
  /** (K + shift) v of columns [size, k], in one pass over the kernel. */
  readonly times: (v: Float64Array, k: number) => Promise<Float64Array>
  readonly precondition: Preconditioner
  /** Right-hand sides [size, k]. */
  readonly b: Float64Array
  readonly k: number
}

export interface Limits {
  /** Of ‖b − K x‖ / ‖b‖, of every column. */
  readonly tolerance: number
  readonly maxIterations: number
  /** After each iteration, with the largest ‖r‖ / ‖b‖. */
  readonly onIteration: (iterations: number, residual: number) => void
}

export interface Solved {
  readonly x: Float64Array
  /** ‖b − K x‖ / ‖b‖ by column, from a product with x at the end; 0 where b is 0. */
  readonly residuals: readonly number[]
  readonly iterations: number
}

/**
 * Preconditioned conjugate gradients (Hestenes and Stiefel 1952), each column with steps of its own and all of them by one product an
 * iteration (Gardner et al. 2018, Algorithm 2). Residuals that are carried along drift from b − K x by rounding: where they are small enough b − K x is
 * made, and where that is not, the iteration starts again from x.
 */
export async function iterate({ times, precondition, b, k }: System, limits: Limits): Promise<Solved> {
  const { tolerance, maxIterations, onIteration } = limits
  const sizes = dots(b, b, k).map(Math.sqrt)
  const relative = (r: Float64Array): number[] =>
    dots(r, r, k).map((v, j) => (sizes[j] === 0 ? 0 : Math.sqrt(v) / (sizes[j] as number)))
  const x = new Float64Array(b.length)
  let r: Float64Array = b.slice()
  let residuals = relative(r)
  let iterations = 0
  while (largest(residuals) > tolerance) {
    const before = largest(residuals)
    iterations = await run(r)
    r = minus(b, await times(x, k))
    residuals = relative(r)
    const after = largest(residuals)
    if (after <= tolerance) break
    if (iterations >= maxIterations) throw unconverged(after, limits, iterations)
    // Starting again gains digits until rounding of K x is all that is left.
    if (after > before / 2) throw stagnant(after, limits, iterations)
  }
  return { x, residuals, iterations }

  /** From x, whose residual is r, until the residual that is carried along is small enough. */
  async function run(r: Float64Array): Promise<number> {
    let done = iterations
    let z = precondition(r, k)
    const p = z.slice()
    let rz = dots(r, z, k)
    let going = relative(r).map((v) => v > tolerance)
    while (going.includes(true) && done < maxIterations) {
      const q = await times(p, k)
      const curvature = dots(p, q, k)
      const step = curvature.map((v, j) => {
        if (going[j] !== true) return 0
        if (v > 0) return (rz[j] as number) / v
        throw indefinite(v)
      })
      eachColumn(x, k, (i, j) => {
        x[i] = (x[i] as number) + (step[j] as number) * (p[i] as number)
        r[i] = (r[i] as number) - (step[j] as number) * (q[i] as number)
      })
      done++
      const left = relative(r)
      onIteration(done, largest(left))
      going = going.map((on, j) => on && (left[j] as number) > tolerance)
      z = precondition(r, k)
      const next = dots(r, z, k)
      const turn = next.map((v, j) => (going[j] === true ? v / (rz[j] as number) : 0))
      eachColumn(p, k, (i, j) => {
        p[i] = (z[i] as number) + (turn[j] as number) * (p[i] as number)
      })
      rz = next
    }
    return done
  }
}

/** Inner products of the columns of a and b [size, k]. */
export function dots(a: Float64Array, b: Float64Array, k: number): number[] {
  const total = new Float64Array(k)
  for (let i = 0, j = 0; i < a.length; i++, j = j + 1 === k ? 0 : j + 1)
    total[j] = (total[j] as number) + (a[i] as number) * (b[i] as number)
  return Array.from(total)
}

function eachColumn(x: Float64Array, k: number, body: (i: number, j: number) => void): void {
  for (let i = 0, j = 0; i < x.length; i++, j = j + 1 === k ? 0 : j + 1) body(i, j)
}

const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => v - (b[i] as number))

const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0)

function indefinite(curvature: number): NtkError {
  return new NtkError('not-positive-definite', {
    what: 'solveByConjugateGradients needs a positive definite kernel.',
    got: `a direction p with pᵀ K p = ${curvature}`,
    fix: 'Use a larger diagReg, remove repeated samples, or check that the kernel is that of a set with itself.',
  })
}

function unconverged(residual: number, { tolerance, maxIterations }: Limits, iterations: number): NtkError {
  return new NtkError('no-convergence', {
    what: `Conjugate gradients have not reached the tolerance ${tolerance} after ${iterations} iterations.`,
    got: `a relative residual of ${residual.toExponential(1)}`,
    fix: `Use a larger diagReg or rank, or more than maxIterations ${maxIterations}.`,
  })
}

function stagnant(residual: number, { tolerance }: Limits, iterations: number): NtkError {
  return new NtkError('no-convergence', {
    what: `Conjugate gradients cannot reach the tolerance ${tolerance}: rounding of products with the kernel is larger.`,
    got: `a relative residual of ${residual.toExponential(1)} after ${iterations} iterations`,
    fix: 'Use a larger diagReg or tolerance.',
  })
}

import { leftOut } from './leave-one-out.js'
import type { Process } from './process.js'

/**
 * 'given': kernel and noise are as they are; 'leave-one-out': of each output both are multiplied by one number, so that targets lie as far from
 * what all others say of them as they should.
 */
export type OutputScale = 'given' | 'leave-one-out'

/**
 * Of each output the root of the number by which kernel and noise are multiplied: by leave-one-out of the mean of (y_i − μ_i)² / σ_i², where μ_i and σ_i² are
 * mean and variance of target i given all others (Rasmussen and Williams 2006, eq. 5.12). Means do not change. Where that is 0 nothing is told, and it counts as 1.
 */
export function outputScalesOf(process: Process, wanted: OutputScale): Float64Array {
  const [n, outputs] = process.targets.shape as [number, number]
  const scales = new Float64Array(outputs).fill(1)
  const factor = process.factorNow
  if (wanted === 'given') return scales
  if (factor === null)
    throw new Error('an output scale is asked of a process whose factorization is not at hand')
  const { mean, variance } = leftOut(factor, process.targets, process.solution)
  const [targets, predicted] = [process.targets.dataSync(), mean.dataSync()]
  return scales.map((one, c) => {
    let total = 0
    for (let i = 0; i < n; i++) {
      const apart = (targets[i * outputs + c] as number) - (predicted[i * outputs + c] as number)
      total += (apart / Math.sqrt(variance[i] as number)) ** 2 / n
    }
    const scale = Math.sqrt(total)
    return scale > 0 && scale < Infinity ? scale : one
  })
}

/** The log marginal likelihood of a process whose kernel and noise are multiplied by the squares of `scales`, each for its output. */
export function scaledEvidence({ n, evidence, targets, solution }: Process, scales: Float64Array): number {
  const outputs = scales.length
  const [y, dual] = [targets.dataSync(), solution.dataSync()]
  return scales.reduce((total, scale, c) => {
    if (scale === 1) return total
    let fit = 0
    for (let i = c; i < y.length; i += outputs) fit += (y[i] as number) * (dual[i] as number)
    return total + (fit / 2) * (1 - 1 / scale ** 2) - n * Math.log(scale)
  }, evidence)
}

import { duration } from '../../progress/progress.js'
import { percent, shortNumber } from '../../text/number.js'
import type { Estimated } from './monte-carlo.js'

/** What `ntk kernel` found, printed under `--json`. */
export interface KernelSummary {
  /** The npy file that was written. */
  readonly out?: string
  /** The directory of tiles, and whether all of them are there: other shards may still be at work. */
  readonly sink?: string
  readonly complete?: boolean
  readonly get: string
  readonly dtype: 'float64' | 'float32'
  readonly shape: readonly number[]
  readonly spec: unknown
  readonly seconds: number
  /** Of an estimate: networks drawn, ‖standard error‖ / ‖mean‖, the largest standard error of an entry, and the file with all of them. */
  readonly monteCarlo?: {
    readonly draws: number
    readonly relativeError: number
    readonly largestError: number
    readonly out?: string
  }
  readonly smallestEigenvalue?: number
  readonly largestEigenvalue?: number
  /** Largest over smallest eigenvalue; null where the smallest is not positive. */
  readonly condition?: number | null
}

export function describeKernel(found: KernelSummary): string {
  const { out, sink, complete, get, dtype, shape } = found
  const place = [sink, out].filter((name) => name !== undefined).join(', ')
  const part = complete === false ? ', not all tiles yet: other shards have theirs to do' : ''
  const lines = [
    `${place}  ${get} of shape ${shape.join(' × ')}, ${dtype}, in ${duration(found.seconds)}${part}`,
  ]
  if (found.monteCarlo !== undefined) {
    const { draws, relativeError, largestError, out: errors } = found.monteCarlo
    const where = errors === undefined ? '' : `; of each entry in ${errors}`
    lines.push(
      `  estimate     mean of ${draws} networks, standard error ${percent(relativeError)} of its norm, ${shortNumber(largestError)} at most${where}`,
      '               (of the draws: networks of finite width also differ from infinite width by about one over their width)',
    )
  }
  if (found.smallestEigenvalue !== undefined && found.largestEigenvalue !== undefined) {
    const condition =
      typeof found.condition === 'number' ? shortNumber(found.condition) : 'none: the matrix is singular'
    lines.push(
      `  eigenvalues  ${shortNumber(found.smallestEigenvalue)} to ${shortNumber(found.largestEigenvalue)}`,
      `  condition    ${condition}`,
    )
  }
  return `${lines.join('\n')}\n`
}

/** The part of the summary that an estimate adds. */
export function estimateSummary(
  { draws, relativeError, standardError }: Estimated,
  out: string | undefined,
): Partial<KernelSummary> {
  let largestError = 0
  for (const error of standardError.dataSync()) largestError = Math.max(largestError, error)
  return { monteCarlo: { draws, relativeError, largestError, ...(out === undefined ? {} : { out }) } }
}

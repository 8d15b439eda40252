import { duration } from '../../progress/progress.js'
import { shortNumber } from '../../text/number.js'

/** What `ntk kernel` found, printed under `--json`. */
export interface KernelSummary {
  /** The npy file that was written. */
  readonly out?: string
  /** The directory of tiles, and whether all of them are there: other shards may still be at work. */
  readonly sink?: string
  readonly complete?: boolean
  readonly get: string
  readonly shape: readonly number[]
  readonly spec: unknown
  readonly seconds: number
  readonly smallestEigenvalue?: number
  readonly largestEigenvalue?: number
  /** Largest over smallest eigenvalue; null where the smallest is not positive. */
  readonly condition?: number | null
}

export function describeKernel(found: KernelSummary): string {
  const { out, sink, complete, get, shape } = found
  const place = [sink, out].filter((name) => name !== undefined).join(', ')
  const part = complete === false ? ', not all tiles yet: other shards have theirs to do' : ''
  const lines = [
    `${place}  ${get} of shape ${shape.join(' × ')}, float64, in ${duration(found.seconds)}${part}`,
  ]
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

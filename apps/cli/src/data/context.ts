import type { Io } from '../frame/io.js'
import type { Progress } from '../progress/progress.js'

/** What loading may need of the outside. */
export interface LoadContext {
  readonly io: Io
  readonly progress: Progress
  readonly signal: AbortSignal
}

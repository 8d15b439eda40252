import type { CommandContext } from '@stricli/core'
import type { Io } from './io.js'

/** What commands get as `this`. */
export interface CliContext extends CommandContext {
  readonly io: Io
}

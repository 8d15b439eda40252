import { type Io, wantsColour } from '../frame/io.js'
import { barProgress } from './bar.js'
import { lineProgress } from './lines.js'
import type { Progress } from './progress.js'

/** Shows nothing, and keeps the warnings for the JSON result. */
export function silentProgress(): Progress {
  const warnings: string[] = []
  return {
    warnings,
    task: () => ({ update: () => {}, done: () => {}, stop: () => {} }),
    note: () => {},
    warn: (text) => {
      warnings.push(text)
    },
  }
}

/** Bars on a terminal, now and then a plain line elsewhere, nothing under `--json` away from a terminal. */
export function createProgress(io: Io, json: boolean): Progress {
  const terminal = io.stderr.isTTY === true && io.env.TERM !== 'dumb' && io.env.CI === undefined
  if (terminal) return barProgress(io.stderr, wantsColour(io.stderr, io.env))
  return json ? silentProgress() : lineProgress(io.stderr, wantsColour(io.stderr, io.env))
}

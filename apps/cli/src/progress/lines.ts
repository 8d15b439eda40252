import pc from 'picocolors'
import type { Output } from '../frame/io.js'
import { duration, type Progress, timeLeft } from './progress.js'

/** A line is written no more often than this, so that a log of a long run stays short. */
const quietSeconds = 10

/** Plain lines for logs and pipes: one when a task ends, and one now and then while it takes long. */
export function lineProgress(
  out: Output,
  colour: boolean,
  now: () => number = () => performance.now(),
): Progress {
  const colours = pc.createColors(colour)
  const warnings: string[] = []
  return {
    warnings,
    task(title, total) {
      const start = now()
      let said = start
      return {
        update(value, detail) {
          if ((now() - said) / 1000 < quietSeconds || value >= total) return
          said = now()
          const percent = Math.floor((100 * value) / Math.max(1, total))
          const left = duration(timeLeft((said - start) / 1000, value, total))
          out.write(`${title}: ${percent} %, ${left} left${detail === undefined ? '' : `, ${detail}`}\n`)
        },
        done(summary) {
          const took = duration((now() - start) / 1000)
          out.write(`${title}: ${summary === undefined ? '' : `${summary}, `}${took}\n`)
        },
        stop() {},
      }
    },
    note: (text) => out.write(`${text}\n`),
    warn(text) {
      warnings.push(text)
      out.write(`${colours.yellow('warning:')} ${text}\n`)
    },
  }
}

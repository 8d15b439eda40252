import { Writable } from 'node:stream'
import cliProgress from 'cli-progress'
import pc from 'picocolors'
import type { Output } from '../frame/io.js'
import { duration, type Progress, type Task, timeLeft } from './progress.js'

/** cli-progress wants a whole stream; this one hands the text on and says that it is a terminal. */
function terminalStream(out: Output): NodeJS.WritableStream {
  const stream = new Writable({
    write(chunk: Uint8Array | string, _encoding, next) {
      out.write(String(chunk))
      next()
    },
  })
  return Object.assign(stream, { isTTY: true, columns: out.columns ?? 80 })
}

/** Characters of a bar. */
const size = 24

/** A bar with percent, time left and a detail for the task under way; a tick and the time for each that is done. */
export function barProgress(out: Output, colour: boolean): Progress {
  const colours = pc.createColors(colour)
  const warnings: string[] = []
  let bar: cliProgress.SingleBar | undefined
  const clear = (): void => {
    bar?.stop()
    bar = undefined
  }
  const task = (title: string, total: number): Task => {
    clear()
    const start = performance.now()
    const elapsed = (): number => (performance.now() - start) / 1000
    const name = title.length > 34 ? `${title.slice(0, 33)}…` : title.padEnd(34)
    const format = `  ${name} {bar} {percentage} %  {left}  ${colours.dim('{detail}')}`
    const own = new cliProgress.SingleBar({
      format,
      stream: terminalStream(out),
      formatBar: (share) => {
        const done = Math.round(share * size)
        return colours.cyan('━'.repeat(done)) + colours.dim((colour ? '━' : '─').repeat(size - done))
      },
      hideCursor: true,
      clearOnComplete: true,
      linewrap: false,
      fps: 8,
      noTTYOutput: false,
      forceRedraw: false,
      gracefulExit: false,
    })
    bar = own
    own.start(Math.max(1, total), 0, { left: '', detail: '' })
    return {
      update(value, detail) {
        if (bar !== own) return
        const left = timeLeft(elapsed(), value, total)
        own.update(value, { left: Number.isNaN(left) ? '' : `${duration(left)} left`, detail: detail ?? '' })
      },
      done(summary) {
        if (bar === own) clear()
        const text = summary === undefined ? '' : `${summary}  `
        out.write(`${colours.green('✓')} ${title.padEnd(34)} ${text}${colours.dim(duration(elapsed()))}\n`)
      },
      stop() {
        if (bar === own) clear()
      },
    }
  }
  return {
    warnings,
    task,
    note(text) {
      clear()
      out.write(`${colours.dim('·')} ${text}\n`)
    },
    warn(text) {
      clear()
      warnings.push(text)
      out.write(`${colours.yellow('!')} ${colours.yellow(text)}\n`)
    },
  }
}

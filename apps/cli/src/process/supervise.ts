import { constants } from 'node:os'
import { SHARE_ENV, Worker } from 'node:worker_threads'
// Nothing of the engine here: it is read once, on the other thread.
import { type ErrorReport, exitCode, formatReport } from '../frame/error-report.js'
import { wantsColour } from '../frame/io.js'
import { fullMemory, isFullMemory } from '../threads/full-memory.js'
import { type Said, type Start, stop } from '../threads/messages.js'
import { terminalOf } from '../threads/terminal.js'

/** How long, in milliseconds, work that was asked to end (SIGTERM) may take to stop where it can go on later. */
const patience = 500

/** How long a thread may take to end. Native code does not let go before it is through. */
const ending = 300

/**
 * Runs the command line on another thread and hears signals on this one. The first Ctrl-C asks the work to stop where it
 * can go on later; a second one, or SIGTERM when the work has not stopped soon, ends the process within a second, whatever
 * the work is doing.
 *
 * @param entry the file to start the other thread with
 */
export function supervise(entry: URL): void {
  const args = process.argv.slice(2)
  const [stdout, stderr] = [terminalOf(process.stdout), terminalOf(process.stderr)]
  const data: Start = { entry: entry.href, args, stdout, stderr }
  const worker = new Worker(entry, { workerData: data, env: SHARE_ENV, stdout: false, stderr: false })
  let kept: string | undefined
  let asked = false
  let over = false

  worker.on('message', (said: Said) => {
    if (said.kind === 'write') process[said.to].write(said.text)
    else if (said.kind === 'kept') kept = said.kept
    else {
      over = true
      process.exitCode = said.code
    }
  })
  worker.on('error', (error: unknown) => {
    over = true
    const full = isFullMemory(error)
    tell(args, full ? { code: 'value', ...fullMemory } : bug(error), kept)
    process.exitCode = full ? exitCode.user : exitCode.bug
  })

  const ask = (): void => {
    asked = true
    worker.postMessage(stop)
  }
  const endAtOnce = (signal: 'SIGINT' | 'SIGTERM'): void => {
    if (over) return
    over = true
    tell(args, { code: 'aborted', what: 'Stopped at once.' }, kept)
    void end(worker, exitCode.interrupted, signal)
  }
  process.on('SIGINT', () => {
    if (asked) {
      endAtOnce('SIGINT')
      return
    }
    ask()
    process.stderr.write('\nStopping; once more to stop at once.\n')
  })
  process.on('SIGTERM', () => {
    ask()
    setTimeout(() => endAtOnce('SIGTERM'), patience).unref()
  })

  // A reader that has seen enough (`ntk ... | head`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    over = true
    void end(worker, exitCode.ok, 'SIGTERM')
  })
}

/** Ends the process though a thread works. Where the thread does not let go, the signal ends the process as it does any. */
async function end(worker: Worker, code: number, signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
  const late = new Promise<'late'>((resolve) => {
    setTimeout(() => resolve('late'), ending)
  })
  if ((await Promise.race([worker.terminate(), late])) !== 'late') process.exit(code)
  process.removeAllListeners(signal)
  process.kill(process.pid, constants.signals[signal])
}

function tell(args: readonly string[], report: ErrorReport, kept: string | undefined): void {
  const told = kept === undefined ? report : { ...report, kept }
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ error: told })}\n`)
  else process.stderr.write(formatReport(told, wantsColour(process.stderr, process.env)))
}

function bug(error: unknown): ErrorReport {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const report = { code: 'internal', what: `This is a bug in ntk: ${message}` }
  const fix = 'Please report it with the lines below and what you ran.'
  return { ...report, fix, ...(stack === undefined ? {} : { stack }) }
}

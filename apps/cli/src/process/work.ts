import { parentPort, workerData } from 'node:worker_threads'
import { run } from '../app.js'
import type { Output } from '../frame/io.js'
import { type Said, type StagesStart, type Start, stop, type Terminal } from './messages.js'

/** Runs the command line on this thread, or stages of a run, and hands what it says to the one that hears signals or gives the stages. */
export async function work(): Promise<void> {
  const port = parentPort
  if (port === null) throw new Error('work() is for a worker thread')
  const start: Start | StagesStart = workerData
  if ('folder' in start) {
    const { serveStages } = await import('./stage-worker.js')
    serveStages(port, start)
    return
  }
  const { entry, args, stdout, stderr } = start
  const controller = new AbortController()
  port.on('message', (message: unknown) => {
    if (message === stop) controller.abort()
  })
  // Listening alone does not keep the thread.
  port.unref()
  const say = (said: Said): void => port.postMessage(said)
  const output = (to: 'stdout' | 'stderr', { isTTY, columns }: Terminal): Output => ({
    isTTY,
    columns,
    write: (text) => say({ kind: 'write', to, text }),
  })
  const code = await run(args, {
    stdout: output('stdout', stdout),
    stderr: output('stderr', stderr),
    env: process.env,
    cwd: process.cwd(),
    signal: controller.signal,
    entry: new URL(entry),
    onKept: (kept) => say({ kind: 'kept', kept }),
  })
  say({ kind: 'done', code })
}

import { parentPort, workerData } from 'node:worker_threads'
import { run } from '../app.js'
import { type Said, type StagesStart, type Start, stop } from '../threads/messages.js'
import { outputOf } from '../threads/terminal.js'

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
  const code = await run(args, {
    stdout: outputOf('stdout', stdout, say),
    stderr: outputOf('stderr', stderr, say),
    env: process.env,
    cwd: process.cwd(),
    signal: controller.signal,
    entry: new URL(entry),
    onKept: (kept) => say({ kind: 'kept', kept }),
  })
  say({ kind: 'done', code })
}

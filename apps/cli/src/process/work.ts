import { parentPort, workerData } from 'node:worker_threads'
import { run } from '../app.js'
import type { Output } from '../frame/io.js'
import { type Said, type Start, stop, type Terminal } from './messages.js'

/** Runs the command line on this thread, and hands what it says to the one that hears signals. */
export async function work(): Promise<void> {
  const port = parentPort
  if (port === null) throw new Error('work() is for a worker thread')
  const { args, stdout, stderr }: Start = workerData
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
    onKept: (kept) => say({ kind: 'kept', kept }),
  })
  say({ kind: 'done', code })
}

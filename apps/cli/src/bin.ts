#!/usr/bin/env node
import { run } from './app.js'
import { exitCode } from './frame/errors.js'

const controller = new AbortController()

// The first Ctrl-C asks the work to stop where it can go on later; the second does not wait.
process.on('SIGINT', () => {
  if (controller.signal.aborted) process.exit(exitCode.interrupted)
  controller.abort()
  process.stderr.write('\nStopping; once more to stop at once.\n')
})
process.on('SIGTERM', () => controller.abort())

// A reader that has seen enough (`ntk ... | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCode.ok)
  throw error
})

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: controller.signal,
})

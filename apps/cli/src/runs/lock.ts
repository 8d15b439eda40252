import { NtkError } from '@ntk/tensor'
import { type Lock, takeLock } from '@ntk/tiles/node'
import type { RunDirectory } from './directory.js'

/**
 * Takes the folder of a run for this process. The lock of a process that is gone counts for nothing.
 *
 * @throws NtkError `locked`, naming the holder, where another process works on it
 */
export async function lockRun(run: RunDirectory): Promise<Lock> {
  try {
    return await takeLock(run.file('run.lock'), run.shown)
  } catch (error) {
    if (!NtkError.isInstance(error) || error.code !== 'locked') throw error
    throw new NtkError('locked', {
      what: `Another process works on ${run.shown}.`,
      got: error.got,
      fix: `Wait for it, or end it and resume. If it runs no more, remove ${run.file('run.lock')}.`,
      cause: error,
    })
  }
}

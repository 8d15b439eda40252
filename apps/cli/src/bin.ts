#!/usr/bin/env node
import { isMainThread } from 'node:worker_threads'

// The work runs on a thread of its own, so that signals are heard whatever it does: a factorization that takes minutes,
// a file that never answers.
if (isMainThread) {
  const { supervise } = await import('./process/supervise.js')
  supervise(new URL(import.meta.url))
} else {
  const { work } = await import('./process/work.js')
  await work()
}

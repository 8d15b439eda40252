import { openPool, type Pool } from './pool.js'
import { threadHost } from './workers.js'

/** How many threads the WebAssembly kernels run on, and why. */
export interface ThreadReport {
  /** Threads that large computations use, the caller's included. */
  readonly threads: number
  readonly reason: string
}

/** Workers are worth having when they make a fixed job this many times faster. */
const WORTHWHILE = 1.3
const MOST = 16

type State =
  | { readonly kind: 'unasked' }
  | { readonly kind: 'starting'; readonly pool: Pool }
  | { readonly kind: 'on'; readonly pool: Pool; readonly reason: string }
  | {
      readonly kind: 'off'
      readonly reason: string
      /** Work that has come up by when threads are measured again; absent where they are out of the question. */
      readonly again?: number
    }

let state: State = { kind: 'unasked' }
let wanted: number | 'auto' | undefined

/** NTK_THREADS: a number of threads, or `auto` (the default: as many as the machine has, if they pay). */
function fromEnvironment(): number | 'auto' {
  const text = typeof process === 'undefined' ? undefined : process.env['NTK_THREADS']
  const n = Number(text)
  return text !== undefined && Number.isInteger(n) && n >= 1 ? n : 'auto'
}

/**
 * Sets the number of threads of the WebAssembly kernels: 1 for none but the caller's, or `auto` to keep workers only
 * where a measurement at the first large job finds them worthwhile. The numbers computed are the same for every choice.
 */
export function setThreads(threads: number | 'auto'): void {
  if (state.kind === 'on' || state.kind === 'starting') state.pool.close()
  state = { kind: 'unasked' }
  // an explicit number starts at the first job worth splitting
  seen = threads === 'auto' ? 0 : START_MS
  rejections = 0
  wanted = threads
}

/** What large computations run on now; before the first of them, `auto` has not decided yet. */
export function threadReport(): ThreadReport {
  switch (state.kind) {
    case 'on':
      return { threads: state.pool.workers + 1, reason: state.reason }
    case 'off':
      return { threads: 1, reason: state.reason }
    case 'starting':
      return { threads: 1, reason: 'threads are starting' }
    case 'unasked':
      return { threads: 1, reason: 'no computation was large enough to ask for threads' }
  }
}

/** Turns of the measurement that are always made, the first of which only warms up, and at most. */
const TURNS = 4
const MOST_TURNS = 16

/**
 * Milliseconds for the same products by the caller alone and by all threads, the best of some turns. What else the machine does, or
 * this process beside (compilers, the collector of garbage), spoils many a turn and helps none: turns go on until threads have
 * shown once that they are worthwhile.
 */
function compare(pool: Pool): { readonly alone: number; readonly together: number } {
  const { engine: e } = pool
  const k = 128
  const panel = e.base
  const tasks = 8 * (pool.workers + 1)
  const block = panel + 128 * k * 8
  e.reserve(128 * k * 8 + tasks * 128 * 128 * 8)
  e.f64().fill(0, panel / 8, block / 8 + tasks * 128 * 128)
  const calls = Array.from(
    { length: tasks },
    (_, i) => ['macro64', 128, 128, k, panel, panel, block + i * 128 * 128 * 8, 128 * 8] as const,
  )
  let alone = Infinity
  let together = Infinity
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    if (turn >= TURNS && alone / together >= WORTHWHILE) break
    const t0 = performance.now()
    for (const [, ...args] of calls) e.call.macro64(...args)
    const t1 = performance.now()
    pool.run(1, calls)
    const t2 = performance.now()
    if (turn === 0) continue
    alone = Math.min(alone, t1 - t0)
    together = Math.min(together, t2 - t1)
  }
  return { alone, together }
}

// In a browser: outside of a worker, or in a page that is not cross-origin isolated.
const NONE_HERE = 'no worker threads with shared memory here'

function begin(): State {
  const request = wanted ?? fromEnvironment()
  const host = threadHost()
  if (host === null && request !== 1) return { kind: 'off', reason: NONE_HERE }
  const threads = request === 'auto' ? Math.min(host?.parallelism ?? 1, MOST) : request
  if (threads <= 1)
    return { kind: 'off', reason: request === 'auto' ? 'the machine has one core' : 'as asked' }
  const pool = openPool(threads - 1)
  if (pool === null) return { kind: 'off', reason: NONE_HERE }
  return request === 'auto' ? { kind: 'starting', pool } : { kind: 'on', pool, reason: 'as asked' }
}

/** Milliseconds of one thread's work that a job must have to be split, and that must have come up to start threads. */
const SPLIT_MS = 2
const START_MS = 60
/** Threads that did not pay, perhaps because the machine was busy then, get another chance after this much work, then twice as much, up to so many times. */
const AGAIN_MS = 3000
const LONGEST_PAUSE = 8

let seen = 0
let rejections = 0

/**
 * The pool for a job that one thread would need about `milliseconds` for, or null to do it alone: too small, not wanted,
 * not worthwhile, or not yet started.
 */
export function poolFor(milliseconds: number): Pool | null {
  if (milliseconds < SPLIT_MS) return null
  seen += milliseconds
  const due =
    state.kind === 'unasked' ? START_MS : state.kind === 'off' ? (state.again ?? Infinity) : Infinity
  if (seen >= due) state = begin()
  if (state.kind === 'starting') {
    if (state.pool.failed()) {
      state.pool.close()
      state = { kind: 'off', reason: 'threads could not be started here' }
    } else if (state.pool.started() === state.pool.workers) state = decide(state.pool)
  }
  return state.kind === 'on' ? state.pool : null
}

function decide(pool: Pool): State {
  const { alone, together } = compare(pool)
  const gain = alone / together
  const text = `${pool.workers + 1} threads make products ${gain.toFixed(2)} times faster here`
  if (gain >= WORTHWHILE) return { kind: 'on', pool, reason: text }
  pool.close()
  const again = seen + AGAIN_MS * Math.min(2 ** rejections++, LONGEST_PAUSE)
  return { kind: 'off', reason: `${text}: not worth having`, again }
}

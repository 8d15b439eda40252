import { NtkError } from '../../errors.js'
import { type Engine, freshEngine } from './engine.js'
import { type BinaryKernel, binaryKernels, type UnaryKernel, unaryKernels } from './kernel-names.js'
import { wasmModule } from './module.js'
import { RECORD } from './worker-source.js'
import { type PoolWorker, threadHost } from './workers.js'

/** The exports that threads may be asked to call: all their arguments are integers. */
export type PoolCall =
  | 'macro64'
  | 'macro32'
  | 'dualTile'
  | 'spaceTasks'
  | 'transpose64'
  | 'promote'
  | 'demote'
  | UnaryKernel
  | BinaryKernel

const names: readonly PoolCall[] = [
  'macro64',
  'macro32',
  'dualTile',
  'spaceTasks',
  'transpose64',
  'promote',
  'demote',
  ...Object.values(unaryKernels),
  ...Object.values(binaryKernels),
]

const indexOf = new Map<PoolCall, number>(names.map((name, i) => [name, i]))

/** One call of an export: its name and arguments. */
export type PoolRecord = readonly [PoolCall, ...number[]]

/** Threads that share one engine's memory with the caller, who stages data there and takes part in the work. */
export interface Pool {
  readonly engine: Engine
  /** Workers beside the caller that have started so far, and that were asked for. */
  readonly started: () => number
  readonly workers: number
  /** Whether one could not be started, or has died. */
  readonly failed: () => boolean
  /**
   * Runs tasks of `callsPerTask` calls each, in any order, and returns when all are done. `calls` is their
   * concatenation; the calls of one task run in order on one thread. The caller does `meanwhile` before it takes part.
   */
  run(callsPerTask: number, calls: readonly PoolRecord[], meanwhile?: () => void): void
  close(): void
}

const CAPACITY = 1 << 16

/** A pool of `workers` threads, or null where there are no threads to be had. Threads start in the background. */
export function openPool(workers: number): Pool | null {
  const host = threadHost()
  if (host === null || workers < 1) return null
  let engine: Engine
  try {
    engine = freshEngine(true)
  } catch {
    return null
  }
  const control = new Int32Array(new SharedArrayBuffer(64))
  const table = new Int32Array(new SharedArrayBuffer(CAPACITY * 4))
  const module = wasmModule(true)
  const start = { module, memory: engine.memory, control, table, names }
  const list: PoolWorker[] = []
  let failed = false
  // a thread that dies before it took a task is only missed; the caller does the work
  const onFailure = (): void => {
    failed = true
  }
  try {
    while (list.length < workers) list.push(host.start(start, onFailure))
  } catch {
    for (const worker of list) worker.terminate()
    return null
  }
  const own = names.map((name) => engine.call[name] as (...args: number[]) => void)

  const help = (): void => {
    const count = control[5] as number
    for (;;) {
      const task = Atomics.load(control, 1)
      if (task === Atomics.load(control, 2)) return
      if (Atomics.compareExchange(control, 1, task, (task + 1) | 0) !== task) continue
      const first = ((task - (control[4] as number)) | 0) * count
      try {
        for (let i = first; i < first + count; i++) {
          const call = own[table[i * RECORD] as number]
          call?.(...table.subarray(i * RECORD + 1, (i + 1) * RECORD))
        }
      } catch {
        Atomics.add(control, 7, 1)
      }
      Atomics.add(control, 3, 1)
    }
  }

  const round = (callsPerTask: number, calls: readonly PoolRecord[], meanwhile?: () => void): void => {
    calls.forEach(([name, ...args], i) => {
      if (args.length >= RECORD) throw new RangeError(`${name} has more arguments than a record holds`)
      table[i * RECORD] = indexOf.get(name) as number
      table.set(args, i * RECORD + 1)
    })
    control[4] = control[2] as number
    control[5] = callsPerTask
    const all = ((control[2] as number) + calls.length / callsPerTask) | 0
    Atomics.store(control, 2, all)
    Atomics.add(control, 0, 1)
    Atomics.notify(control, 0)
    try {
      meanwhile?.()
    } finally {
      // whatever happens, nobody works on the memory after this
      help()
      for (let done = Atomics.load(control, 3); done !== all; done = Atomics.load(control, 3))
        Atomics.wait(control, 3, done)
    }
    const broken = Atomics.exchange(control, 7, 0)
    if (broken !== 0) {
      throw new NtkError('backend', {
        what: 'A WebAssembly kernel broke off.',
        got: `${broken} of ${calls.length / callsPerTask} parts of a computation on threads`,
        fix: 'Please report it; setThreads(1), or NTK_THREADS=1, computes without threads.',
      })
    }
  }

  return {
    engine,
    workers,
    started: () => Atomics.load(control, 6),
    failed: () => failed,
    run: (callsPerTask, calls, meanwhile) => {
      const most = Math.max(1, Math.floor(CAPACITY / RECORD / callsPerTask)) * callsPerTask
      for (let i = 0; i < calls.length; i += most)
        round(callsPerTask, calls.slice(i, i + most), i === 0 ? meanwhile : undefined)
    },
    close: () => {
      for (const worker of list) worker.terminate()
    },
  }
}

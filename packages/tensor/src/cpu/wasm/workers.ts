import { workerSource } from './worker-source.js'

/** What a worker of the pool is started with. */
export interface WorkerStart {
  readonly module: WebAssembly.Module
  /** Shared, as `control` and `table` are. */
  readonly memory: WebAssembly.Memory
  readonly control: Int32Array
  readonly table: Int32Array
  readonly names: readonly string[]
}

/** A thread on which the pool's source runs. */
export interface PoolWorker {
  terminate(): void
}

/** Where this program can have threads: how many are worth asking for, and how one starts. */
export interface ThreadHost {
  readonly parallelism: number
  /** `onFailure` hears of a thread that could not be started, or has died. */
  start(data: WorkerStart, onFailure: () => void): PoolWorker
}

/** Node's threads, without an import that bundlers for browsers would have to resolve. */
function nodeHost(): ThreadHost | null {
  if (typeof process === 'undefined' || typeof process.getBuiltinModule !== 'function') return null
  const threads = process.getBuiltinModule('node:worker_threads')
  const os = process.getBuiltinModule('node:os')
  if (threads === undefined || os === undefined) return null
  return {
    parallelism: os.availableParallelism(),
    start(workerData, onFailure) {
      const worker = new threads.Worker(workerSource('node'), {
        eval: true,
        workerData,
        stdin: false,
        name: 'ntk-wasm',
      })
      worker.unref()
      worker.on('error', onFailure)
      return { terminate: () => void worker.terminate() }
    },
  }
}

/**
 * Threads of a browser: of a worker of a page that is cross-origin isolated (elsewhere memory cannot be shared). Not of a page itself, which
 * must not wait.
 */
function browserHost(): ThreadHost | null {
  if (typeof Worker !== 'function' || typeof Blob !== 'function') return null
  if (typeof crossOriginIsolated !== 'boolean' || !crossOriginIsolated || !mayWait()) return null
  return {
    parallelism: typeof navigator === 'undefined' ? 1 : navigator.hardwareConcurrency,
    start(data, onFailure) {
      const url = URL.createObjectURL(new Blob([workerSource('browser')], { type: 'text/javascript' }))
      const worker = new Worker(url, { name: 'ntk-wasm' })
      worker.addEventListener('error', (event) => {
        event.preventDefault()
        onFailure()
      })
      worker.postMessage(data)
      return {
        terminate() {
          worker.terminate()
          URL.revokeObjectURL(url)
        },
      }
    },
  }
}

/** A page's own thread is not allowed to wait for others. */
function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0)
    return true
  } catch {
    return false
  }
}

let known: ThreadHost | null | undefined

/** The threads that are to be had here; null where there are none. */
export function threadHost(): ThreadHost | null {
  if (known === undefined) known = nodeHost() ?? browserHost()
  return known
}

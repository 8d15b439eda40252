import type { ThreadReport } from '@ntk/tensor'
import type { Answer, Fault, Question } from './messages.js'

export interface Listener<R> {
  /** Of the last result with what the engine ran on. */
  readonly onResult: (result: R, threads: ThreadReport | null) => void
  readonly onFault: (fault: Fault) => void
  readonly onBusy: (busy: boolean) => void
}

/**
 * Asks a worker of its own for one job, again and again. Of questions that come while it works only the latest is kept, so that
 * dragging never builds a queue. A job may compute for seconds without looking up; stopping therefore ends the worker, and the next
 * question starts another.
 */
export class Computer<S, R> {
  #worker: Worker | null = null
  #running: number | null = null
  #waiting: S | null = null
  #count = 0

  constructor(
    readonly job: string,
    readonly listener: Listener<R>,
  ) {}

  ask(settings: S): void {
    if (this.#running !== null) {
      this.#waiting = settings
      return
    }
    this.#worker ??= this.#start()
    this.#running = ++this.#count
    this.listener.onBusy(true)
    const question: Question = { id: this.#running, job: this.job, settings }
    this.#worker.postMessage(question)
  }

  stop(): void {
    this.#worker?.terminate()
    this.#worker = null
    this.#waiting = null
    this.#done()
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: this.job })
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => this.#hear(data))
    worker.addEventListener('error', () => {
      this.stop()
      this.listener.onFault({
        code: null,
        what: 'The worker of this demo could not be loaded.',
        got: null,
        fix: 'Reload the page.',
      })
    })
    return worker
  }

  #hear(answer: Answer): void {
    if (answer.id !== this.#running) return
    if (answer.kind === 'fault') this.listener.onFault(answer.fault)
    // The job of this name gives results of this type; the messages between do not know it.
    else this.listener.onResult(answer.result as R, answer.kind === 'result' ? answer.threads : null)
    if (answer.kind === 'partial') return
    const next = this.#waiting
    this.#waiting = null
    this.#done()
    if (next !== null) this.ask(next)
  }

  #done(): void {
    this.#running = null
    this.listener.onBusy(false)
  }
}

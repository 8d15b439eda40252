import type { ThreadReport } from '@ntk/tensor'
import { earlyId, takeEarly } from './early.js'
import type { Answer, Fault, Question } from './messages.js'

/** An event is dispatched once; a copy can be once more. */
const copyOf = (event: Event): Event =>
  event instanceof MessageEvent ? new MessageEvent('message', { data: event.data }) : new Event('error')

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
    if (this.#worker === null && this.#takeEarly(settings)) return
    this.#worker ??= this.#hire(
      new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: this.job }),
    )
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

  /** Whether the head of the page has started a worker for this job, which then is the demo's own. */
  #takeEarly(settings: S): boolean {
    const early = takeEarly(this.job)
    if (early === null) return false
    this.#running = earlyId
    if (JSON.stringify(settings) !== early.settings) this.#waiting = settings
    this.listener.onBusy(true)
    this.#worker = this.#hire(early.worker)
    // What it said before anybody listened.
    for (const event of early.events) early.worker.dispatchEvent(copyOf(event))
    return true
  }

  #hire(worker: Worker): Worker {
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

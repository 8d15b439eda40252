import {
  getCurrentInstance,
  onBeforeUnmount,
  onMounted,
  type Ref,
  ref,
  type ShallowRef,
  shallowRef,
} from 'vue'
import { Computer } from '../worker/client.js'
import type { JobName } from '../worker/jobs.js'
import type { Fault } from '../worker/messages.js'

export interface Demo<S, R> {
  readonly settings: ShallowRef<S>
  /** Changes some settings, and so asks for another result. */
  readonly set: (change: Partial<S>) => void
  /** The latest result: that of the build until the page has computed one. */
  readonly result: ShallowRef<R>
  readonly fault: Ref<Fault | null>
  readonly busy: Ref<boolean>
  /** Whether the page has computed the result; else the build has. */
  readonly live: Ref<boolean>
  /** On how many threads large computations run, the worker's own included. */
  readonly threads: Ref<number>
  readonly stop: () => void
  readonly restart: () => void
}

/**
 * Settings that compute: whenever they change, the job runs in the demo's worker. It begins with a result that was computed when the
 * site was built, which is what readers without scripts see. Each result is also an event `ntk-result` of the document.
 */
export function useDemo<S, R>(job: JobName, start: S, still: unknown, auto = true): Demo<S, R> {
  const settings = shallowRef(start)
  // The build made it by the job of this name, which gives results of this type.
  const result = shallowRef(still as R)
  const fault = ref<Fault | null>(null)
  const [busy, live] = [ref(false), ref(false)]
  const threads = ref(1)
  let computer: Computer<S, R> | null = null
  let asked = start
  let observer: IntersectionObserver | null = null

  const ask = (): void => {
    asked = settings.value
    computer?.ask(asked)
  }
  const begin = (): void => {
    if (computer !== null) return
    computer = new Computer<S, R>(job, {
      onResult: (found, report) => {
        result.value = found
        fault.value = null
        live.value = true
        if (report === null) return
        threads.value = report.threads
        const detail = { job, settings: asked, result: found, threads: report }
        document.dispatchEvent(new CustomEvent('ntk-result', { detail }))
      },
      onFault: (found) => {
        fault.value = found
        document.dispatchEvent(new CustomEvent('ntk-fault', { detail: { job, fault: found } }))
      },
      onBusy: (now) => {
        busy.value = now
      },
    })
    if (auto) ask()
  }
  onMounted(() => {
    const element = getCurrentInstance()?.proxy?.$el
    if (!(element instanceof Element)) return
    observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) begin()
    })
    observer.observe(element)
  })
  onBeforeUnmount(() => {
    observer?.disconnect()
    computer?.stop()
  })
  return {
    settings,
    set: (change) => {
      settings.value = { ...settings.value, ...change }
      if (auto) ask()
    },
    result,
    fault,
    busy,
    live,
    threads,
    stop: () => computer?.stop(),
    restart: () => {
      begin()
      ask()
    },
  }
}

import type { Browser, Page } from 'playwright-core'

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds of processor time. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/**
 * Milliseconds of processor time of the longest task on a page's main thread while something is done. The observer of long tasks goes by the
 * clock, and on a machine that is busy with other work it counts what others do.
 */
export async function longestTask(browser: Browser, page: Page, act: () => Promise<void>): Promise<number> {
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] })
  await act()
  // The task that answers is over before the trace is.
  await page.evaluate('new Promise((done) => setTimeout(done, 100))')
  const trace: { readonly traceEvents: readonly TraceEvent[] } = JSON.parse(
    (await browser.stopTracing()).toString(),
  )
  const place = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`
  const main = new Set(
    trace.traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(place),
  )
  // What the end of the trace cuts off has no duration.
  const times = trace.traceEvents.flatMap((event) =>
    event.name === 'RunTask' && main.has(place(event)) && event.tdur !== undefined ? [event.tdur / 1000] : [],
  )
  if (times.length === 0) throw new Error('The trace has no task of a main thread.')
  return Math.max(...times)
}

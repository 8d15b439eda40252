import { h, type VNode } from 'vue'
import { DemoFrame } from './frame.js'
import type { Demo } from './use-demo.js'

export interface AroundOptions {
  readonly title: string
  readonly help: string
  /** The same computation as a program. */
  readonly code: string
  readonly pictures: () => VNode[]
  readonly controls: () => VNode[]
}

/** A demo in its frame. */
export function demoFrame<S, R>(demo: Demo<S, R>, options: AroundOptions): VNode {
  const { title, help, code, pictures, controls } = options
  const props = {
    title,
    help,
    code,
    busy: demo.busy.value,
    live: demo.live.value,
    threads: demo.threads.value,
    fault: demo.fault.value,
    onStop: demo.stop,
  }
  return h(DemoFrame, props, { default: pictures, controls })
}

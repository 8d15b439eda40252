import type { ThreadReport } from '@ntk/tensor'

/** What the page and the worker say to each other. A worker serves one demo and does one job at a time. */

/** An error as the reader sees it: the parts of an NtkError, or the message of any other. */
export interface Fault {
  /** The stable code of an NtkError; null for what the library did not foresee. */
  readonly code: string | null
  readonly what: string
  readonly got: string | null
  readonly fix: string | null
}

export interface Question {
  readonly id: number
  readonly job: string
  readonly settings: unknown
}

export type Answer =
  | { readonly id: number; readonly kind: 'partial'; readonly result: unknown }
  | {
      readonly id: number
      readonly kind: 'result'
      readonly result: unknown
      /** What the engine ran on by then. */
      readonly threads: ThreadReport
    }
  | { readonly id: number; readonly kind: 'fault'; readonly fault: Fault }

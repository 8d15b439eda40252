/** What the thread that does the work is started with. */
export interface Start {
  readonly args: readonly string[]
  readonly stdout: Terminal
  readonly stderr: Terminal
}

/** What commands ask of an output. */
export interface Terminal {
  readonly isTTY: boolean
  readonly columns: number | undefined
}

/** What the thread that does the work says. */
export type Said =
  | { readonly kind: 'write'; readonly to: 'stdout' | 'stderr'; readonly text: string }
  /** What would stay if the process ended now; undefined where nothing would. */
  | { readonly kind: 'kept'; readonly kept: string | undefined }
  | { readonly kind: 'done'; readonly code: number }

/** Asks the work to stop where it can go on later. */
export const stop = 'stop'

/** Where text goes; `process.stdout` and `process.stderr` fit. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

/** Everything a command may touch of the outside, so that tests can run commands in-process. */
export interface Io {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** Relative paths on the command line are relative to this folder. */
  readonly cwd: string
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** What further threads of this program are started with; absent where there are to be none. */
  readonly entry?: URL | undefined
  /** Told what would stay if the process ended now; undefined where nothing would. */
  readonly onKept?: ((kept: string | undefined) => void) | undefined
}

/** Whether to colour text on this output: a terminal, and neither NO_COLOR nor a dumb terminal. */
export function wantsColour(output: Output, env: Io['env']): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0') return true
  return output.isTTY === true && env.TERM !== 'dumb'
}

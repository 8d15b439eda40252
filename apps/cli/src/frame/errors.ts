import { NtkError } from '@ntk/tensor'
import pc from 'picocolors'

/** What the process ends with: scripts may rely on these. */
export const exitCode: { readonly ok: 0; readonly bug: 1; readonly user: 2; readonly interrupted: 130 } = {
  ok: 0,
  bug: 1,
  user: 2,
  interrupted: 130,
}

/** The JSON form of an error, printed on stdout under `--json`. */
export interface ErrorReport {
  readonly code: string
  readonly what: string
  readonly got?: string
  readonly fix?: string
  /** What stays usable after the error, such as a run folder to resume. */
  readonly kept?: string
  readonly stack?: string
}

/** Adds to any error what the user still has, for example the stages of a run that are finished. */
export class KeptError extends Error {
  override readonly name: string = 'KeptError'
  readonly kept: string

  constructor(cause: unknown, kept: string) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.kept = kept
  }
}

/** Whether an error means that the user (Ctrl-C) stopped the work. */
export function isAbort(error: unknown): boolean {
  if (error instanceof KeptError) return isAbort(error.cause)
  if (NtkError.isInstance(error)) return error.code === 'aborted'
  return error instanceof Error && error.name === 'AbortError'
}

/** The exit code for an error: 2 for what the user can mend, 130 after Ctrl-C, 1 for a bug of ours. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof KeptError) return exitCodeOf(error.cause)
  if (isAbort(error)) return exitCode.interrupted
  return NtkError.isInstance(error) ? exitCode.user : exitCode.bug
}

/** Everything there is to say about an error, ready for JSON. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof KeptError) return { ...reportError(error.cause), kept: error.kept }
  if (NtkError.isInstance(error)) {
    const { code, what, got, fix } = error
    return { code, what, ...(got === undefined ? {} : { got }), ...(fix === undefined ? {} : { fix }) }
  }
  if (isAbort(error)) return { code: 'aborted', what: 'Interrupted.' }
  const thrown = error instanceof Error ? error : new Error(String(error))
  return {
    code: 'internal',
    what: `This is a bug in ntk: ${thrown.message}`,
    fix: 'Please report it with the lines below and what you ran.',
    ...(thrown.stack === undefined ? {} : { stack: thrown.stack }),
  }
}

/** The error as a few lines for a person. */
export function formatError(error: unknown, colour: boolean): string {
  const colours = pc.createColors(colour)
  const report = reportError(error)
  const label = (name: string): string => colours.dim(name.padStart(7))
  const lines = [`${colours.red(colours.bold(`error ${report.code}:`))} ${colours.red(report.what)}`]
  if (report.got !== undefined) lines.push(`${label('got')}  ${report.got}`)
  if (report.fix !== undefined) lines.push(`${label('fix')}  ${report.fix}`)
  if (report.kept !== undefined) lines.push(`${label('kept')}  ${report.kept}`)
  if (report.stack !== undefined) lines.push('', colours.dim(report.stack))
  return `${lines.join('\n')}\n`
}

import { NtkError } from '@ntk/tensor'
import { type ErrorReport, exitCode, formatReport } from './error-report.js'

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
  return formatReport(reportError(error), colour)
}

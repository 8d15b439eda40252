/** What went wrong, what was given, and the way out: the three parts of every message. */
export interface NtkErrorParts {
  /** What the function needs, or what went wrong. */
  readonly what: string
  /** What it got instead. */
  readonly got?: string | undefined
  /** What the caller can do about it. */
  readonly fix?: string | undefined
  readonly cause?: unknown
}

/** Stable codes; scripts may match on them. */
export type NtkErrorCode =
  | 'shape'
  | 'dtype'
  | 'axis'
  | 'value'
  | 'index'
  | 'not-finite'
  | 'not-positive-definite'
  | 'singular'
  | 'no-convergence'
  | 'unsupported'
  | 'backend'
  | 'memory'
  | 'copies'
  | 'freed'
  | 'donated'
  | 'tracer'
  | 'not-differentiable'
  | 'tree'
  | 'spec'
  | 'requirement'
  | 'config'
  | 'option'
  | 'file'
  | 'data'
  | 'network'
  | 'disk'
  | 'conflict'
  | 'locked'
  | 'aborted'
  | 'diverged'

const brand = Symbol.for('@ntk/error')

/**
 * The one error class of @ntk. `code` is stable, the message reads "what; got ...; fix".
 * Use `NtkError.isInstance` rather than `instanceof`: it survives duplicate installs.
 */
export class NtkError extends Error {
  override readonly name: string = 'NtkError'
  readonly code: NtkErrorCode
  readonly what: string
  readonly got: string | undefined
  readonly fix: string | undefined

  constructor(code: NtkErrorCode, parts: NtkErrorParts) {
    const got = parts.got === undefined ? '' : ` Got ${parts.got}.`
    const fix = parts.fix === undefined ? '' : ` ${parts.fix}`
    super(`${parts.what}${got}${fix}`, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.code = code
    this.what = parts.what
    this.got = parts.got
    this.fix = parts.fix
  }

  static {
    Object.defineProperty(this.prototype, brand, { value: true })
  }

  static isInstance(error: unknown): error is NtkError {
    return typeof error === 'object' && error !== null && brand in error
  }
}

import { NtkError, type NtkErrorCode } from '@ntk/tensor'

/** An error on its way between threads, which keep no classes. */
export type Fault =
  | {
      readonly code: NtkErrorCode
      readonly what: string
      readonly got: string | undefined
      readonly fix: string | undefined
    }
  | { readonly name: string; readonly message: string; readonly stack: string | undefined }

export function faultOf(error: unknown): Fault {
  if (NtkError.isInstance(error)) {
    const { code, what, got, fix } = error
    return { code, what, got, fix }
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  return { name, message, stack }
}

/** The error again: the same code and words, and the stack of where it was thrown. */
export function errorOf(fault: Fault): Error {
  if ('code' in fault) {
    const { code, what, got, fix } = fault
    return new NtkError(code, {
      what,
      ...(got === undefined ? {} : { got }),
      ...(fix === undefined ? {} : { fix }),
    })
  }
  const error = new Error(fault.message)
  error.name = fault.name
  if (fault.stack !== undefined) error.stack = fault.stack
  return error
}

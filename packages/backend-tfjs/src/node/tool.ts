import { spawn } from 'node:child_process'
import { NtkError } from '@ntk/tensor'

/** How a tool ended. */
export interface Ended {
  readonly ok: boolean
  /** What it printed. */
  readonly output: string
  /** `exit code 1`, `SIGILL`. */
  readonly how: string
}

/** Runs a tool to its end. Throws NtkError 'aborted', 'unsupported' where it cannot be started. */
export function runTool(
  command: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    })
    let output = ''
    const hear = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', (cause) => {
      reject(
        signal?.aborted === true
          ? new NtkError('aborted', { what: 'The build was aborted.', cause })
          : new NtkError('unsupported', {
              what: `${command} cannot be started.`,
              got: cause.message,
              fix: 'Name a C++ compiler by CXX.',
              cause,
            }),
      )
    })
    child.on('close', (code, killed) => {
      resolve({ ok: code === 0, output, how: killed ?? `exit code ${code}` })
    })
  })
}

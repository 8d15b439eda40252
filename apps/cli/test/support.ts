import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../src/app.js'

/** What a command printed and ended with. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** An empty folder for one test. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'ntk-cli-'))
}

/** Runs the command line in this process, as if in `cwd` and away from a terminal. */
export async function ntk(
  args: readonly string[],
  options: {
    cwd?: string
    env?: Record<string, string>
    signal?: AbortSignal
    onStderr?: (text: string) => void
  } = {},
): Promise<Ran> {
  let stdout = ''
  let stderr = ''
  const code = await run(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: {
      write: (text) => {
        stderr += text
        options.onStderr?.(text)
      },
    },
    env: options.env ?? {},
    cwd: options.cwd ?? tmpdir(),
    signal: options.signal ?? new AbortController().signal,
  })
  return { code, stdout, stderr }
}

import { spawn } from 'node:child_process'

export interface Finished {
  readonly ok: boolean
  /** What it printed, both streams as they came. */
  readonly output: string
}

export interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program to its end, without a shell and without input; a program that cannot be started is `ok: false`. */
export function run(command: string, args: readonly string[], { cwd, env }: RunOptions): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', (error) => resolve({ ok: false, output: `${command}: ${error.message}` }))
    child.on('close', (status) => resolve({ ok: status === 0, output: output.trim() }))
  })
}

/** Runs a program and gives what it printed. Throws where it fails. */
export async function outputOf(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const { ok, output } = await run(command, args, options)
  if (!ok) throw new Error(`${command} ${args.join(' ')}\n${output}`)
  return output
}

/** `work` on each item, at most `atOnce` at a time; results in the order of the items. */
export async function mapAtMost<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Map<number, R>()
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results.set(i, await work(items[i] as T))
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return items.map((_, i) => results.get(i) as R)
}

/** Processes that compute a kernel into a directory of tiles and are killed; and what they leave. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/workspace.js'

/** A directory of tiles, and where a process enters those that it computed. */
export interface Paths {
  readonly path: string
  readonly log: string
}

/** What a process computes: a network of child.ts, samples, and samples a side of a tile. */
export interface Job {
  readonly net: 'dense' | 'flatten' | 'pool'
  readonly samples: string
  readonly tile: string
}

/** Starts `child.ts`, of a shard or of everything. */
export function start({ net, samples, tile }: Job, { path, log }: Paths, shard?: string): ChildProcess {
  const args = [
    '--conditions=@ntk/source',
    '--import',
    'tsx',
    'tests/kill/child.ts',
    net,
    path,
    log,
    samples,
    tile,
  ]
  return spawn(process.execPath, shard === undefined ? args : [...args, shard], {
    cwd: root,
    // One engine for all processes: another rounds otherwise, and bytes are compared.
    env: { ...process.env, NTK_BLAS: 'off' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Resolves when the process says `word`, with the moment; rejects where it ends before. */
export function says(child: ChildProcess, word: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (text: Buffer) => {
      if (text.toString().includes(word)) resolve(performance.now())
    })
    child.on('exit', (code, signal) =>
      reject(new Error(`ended with ${code ?? signal} before it was ${word}`)),
    )
  })
}

export function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ?? String(code))))
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** The paths of a job in a folder. */
export function pathsOf(folder: string, name: string): Paths {
  return { path: join(folder, name), log: join(folder, `${name}.log`) }
}

/** Ids of tiles that were computed, by the process's own word; a line that was cut off does not count. */
export function logged({ log }: Paths): number[] {
  return (read(log)?.toString() ?? '').split('\n').slice(0, -1).map(Number)
}

export function read(file: string): Buffer | null {
  try {
    return readFileSync(file)
  } catch {
    return null
  }
}

export function journal({ path }: Paths, shard = '1-of-1'): { event: string; tile: number }[] {
  const text = read(join(path, `journal-${shard}.jsonl`))?.toString() ?? ''
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

/** Names of the tiles that are there, without those half written. */
export function tileNames({ path }: Paths): string[] {
  return read(join(path, 'manifest.json')) === null
    ? []
    : readdirSync(join(path, 'tiles')).filter((name) => name.endsWith('.tile'))
}

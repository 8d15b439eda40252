import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { link, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { fileError } from '@ntk/tensor/node'
import { codeOf } from './bytes.js'

/** A process, told from others of the same number. What the system does not say is null. */
export interface Holder {
  readonly pid: number
  readonly host: string
  /** Names one start of the machine. */
  readonly boot: string | null
  /** Names one space of process numbers, of which each container has its own. */
  readonly space: string | null
  /** When the process began, in ticks since the start of the machine. */
  readonly started: string | null
  /** Of this lock alone. */
  readonly token: string
}

export interface Lock {
  /** Whether it lay there still from a process that is gone. */
  readonly takenOver: boolean
  release(): Promise<void>
}

/** How long, in milliseconds, an empty lock file may be one that is just being written. */
const writingTime = 10_000

/**
 * Takes the lock file `path`: one process holds it at a time. A lock of a process that is gone (ended, or the machine was
 * started again) is taken over. Throws NtkError 'locked', naming the holder, and 'file' or 'disk' where it cannot be written.
 */
export async function takeLock(path: string, what: string): Promise<Lock> {
  const holder: Holder = {
    pid: process.pid,
    ...machine(),
    started: startOf(process.pid),
    token: randomUUID(),
  }
  await sweep(path)
  let takenOver = false
  for (;;) {
    if (await create(path, holder)) return { takenOver, release: () => release(path, holder) }
    const found = await read(path)
    if (found === null) continue
    if (!(await isStale(path, found.holder))) throw locked(path, what, found.holder)
    takenOver = (await removeStale(path, found.text)) || takenOver
  }
}

/** Who holds a lock file; null where nobody does, or nobody any more. */
export async function lockHolder(path: string): Promise<Holder | 'unknown' | null> {
  const found = await read(path)
  if (found === null || (await isStale(path, found.holder))) return null
  return found.holder ?? 'unknown'
}

/** NtkError 'locked' that names the holder and the way out. */
export function locked(path: string, what: string, holder: Holder | 'unknown' | null): NtkError {
  const known = holder === null || holder === 'unknown' ? null : holder
  const here = known !== null && known.host === machine().host
  return new NtkError('locked', {
    what: `${what} is in use.`,
    got:
      known === null
        ? `a lock file ${path} that does not say by whom`
        : `a lock held by process ${known.pid} on ${known.host}`,
    fix: here
      ? `Wait for that process or end it (if it is another program by now, remove ${path}); to work side by side give each process a shard: '1/2', '2/2'.`
      : `Wait for that process; if it is surely gone, remove ${path}.`,
  })
}

/** Makes the file with its content in one step; false where there is one. */
async function create(path: string, holder: Holder): Promise<boolean> {
  const text = `${JSON.stringify(holder)}\n`
  const temporary = `${path}.${holder.pid}.${holder.token}.tmp`
  try {
    await writeFile(temporary, text, { flag: 'wx' })
    try {
      await link(temporary, path)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      if (codeOf(error) === 'ENOENT') throw error
      return await createPlainly(path, text)
    } finally {
      await rm(temporary, { force: true })
    }
  } catch (error) {
    throw fileError(error, path, 'written')
  }
}

/** For disks without hard links: a file that is there for a moment before its content is. */
async function createPlainly(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(text).finally(() => file.close())
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function read(path: string): Promise<{ text: string; holder: Holder | null } | null> {
  try {
    const text = await readFile(path, 'utf8')
    return { text, holder: parse(text) }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw fileError(error, path, 'read')
  }
}

function parse(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return null
    const { pid, host, boot, space, started, token } = value as Readonly<Record<string, unknown>>
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof token !== 'string') return null
    return {
      pid,
      host,
      boot: textOrNull(boot),
      space: textOrNull(space),
      started: textOrNull(started),
      token,
    }
  } catch {
    return null
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Whether the holder is surely gone. Of another machine's processes nobody here knows. */
async function isStale(path: string, holder: Holder | null): Promise<boolean> {
  if (holder === null) {
    const { size, mtimeMs } = await stat(path).catch(() => ({ size: 1, mtimeMs: 0 }))
    return size === 0 && Date.now() - mtimeMs > writingTime
  }
  const own = machine()
  if (holder.host !== own.host) return false
  // No process outlives the machine's start that it began in.
  if (holder.boot !== own.boot) return holder.boot !== null && own.boot !== null
  if (holder.space !== own.space) return false
  if (!isAlive(holder.pid)) return true
  return holder.started !== null && startOf(holder.pid) !== holder.started
}

/** Moves a stale lock away; false where another process was quicker. */
async function removeStale(path: string, text: string): Promise<boolean> {
  const moved = `${path}.${process.pid}.${randomUUID()}.tmp`
  try {
    await rename(path, moved)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw fileError(error, path, 'replaced')
  }
  try {
    if ((await readFile(moved, 'utf8')) === text) return true
    // Another process took over in between, and this is its lock: it goes back.
    await link(moved, path).catch(() => undefined)
    return false
  } finally {
    await rm(moved, { force: true })
  }
}

async function release(path: string, { token }: Holder): Promise<void> {
  const found = await read(path).catch(() => null)
  if (found?.holder?.token === token) await rm(path, { force: true })
}

/** Removes what processes that are gone left beside the lock file. */
async function sweep(path: string): Promise<void> {
  const start = `${basename(path)}.`
  const names = await readdir(dirname(path)).catch(() => [])
  for (const name of names) {
    const pid = name.startsWith(start)
      ? /^(\d+)\.[0-9a-f-]{36}\.tmp$/.exec(name.slice(start.length))?.[1]
      : undefined
    if (pid === undefined || isAlive(Number(pid))) continue
    const file = join(dirname(path), name)
    const holder = parse(await readFile(file, 'utf8').catch(() => ''))
    if (holder === null || (await isStale(file, holder))) await rm(file, { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}

function machine(): Pick<Holder, 'host' | 'boot' | 'space'> {
  return {
    host: hostname(),
    boot: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    space: attempt(() => readlinkSync('/proc/self/ns/pid')),
  }
}

/** When a process was started, in clock ticks since the start of the machine (Linux). */
function startOf(pid: number): string | null {
  const text = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // The name in parentheses may hold spaces; the start is field 22, 19 after it.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

function attempt<T>(f: () => T): T | null {
  try {
    return f()
  } catch {
    return null
  }
}

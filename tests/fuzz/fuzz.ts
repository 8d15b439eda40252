import { cpuBackend, NtkError, setDefaultBackend } from '@ntk/tensor'
import { show } from '@ntk/tensor/options'
import { random } from './random.js'
import { values } from './values.js'

/** A call that ended as none should. */
export interface Finding {
  readonly name: string
  readonly args: string
  /** 'TypeError: ...', or how long it took. */
  readonly what: string
  readonly stack: string
}

export interface Options {
  /** Numbers follow it. */
  readonly seed: number
  /** Calls of each function. */
  readonly rounds: number
  /** Functions that are not called, as 'tensor.bind'. */
  readonly apart?: ReadonlySet<string>
}

/** Milliseconds of work (not of waiting for a busy machine) after which a call counts as one that hangs; and of waiting for nothing. */
const patience = 3000
const silence = 10 * patience

/** Milliseconds after which the event loop has its turn: a worker that never answers counts as dead, and finalizers run in turns only. */
const turn = 100

/** The methods of a backend are called by ops alone, with what they have checked. */
const isBackend = (x: object): boolean => 'readSync' in x && 'run' in x

type Anything = (...args: unknown[]) => unknown

const late = Symbol('late')

/** Milliseconds that the process has worked since `start`. */
function worked(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

/** What a call gives, or `late` where it works for too long, or neither works nor ends. */
async function settled(result: unknown, start: NodeJS.CpuUsage): Promise<unknown> {
  if (!(result instanceof Promise)) return result
  const begun = performance.now()
  let timer: ReturnType<typeof setInterval> | undefined
  const limit = new Promise((resolve) => {
    timer = setInterval(() => {
      if (worked(start) > patience || performance.now() - begun > silence) resolve(late)
    }, patience / 10)
  })
  try {
    return await Promise.race([result, limit])
  } finally {
    clearInterval(timer)
  }
}

/** Calls every function of a module with arguments drawn from `values`, and the functions that it gives back. */
export async function fuzz(
  module: Readonly<Record<string, unknown>>,
  owner: string,
  { seed, rounds, apart = new Set() }: Options,
): Promise<{ readonly calls: number; readonly worked: number; readonly findings: Finding[] }> {
  const findings: Finding[] = []
  let calls = 0
  let good = 0
  let lastTurn = performance.now()
  const call = async (name: string, f: Anything, next: () => number, depth: number): Promise<void> => {
    const args = Array.from({ length: Math.floor(next() * 5) }, () =>
      (values[Math.floor(next() * values.length)] as () => unknown)(),
    )
    calls++
    const start = process.cpuUsage()
    let result: unknown
    try {
      result = await settled(f(...args), start)
      good++
    } catch (error) {
      if (!NtkError.isInstance(error)) {
        const stack = error instanceof Error ? (error.stack ?? '') : ''
        findings.push({ name, args: args.map(show).join(', '), what: String(error), stack })
      }
    }
    // Whatever the call did to what all calls share.
    setDefaultBackend(cpuBackend())
    const took = worked(start)
    if (took > patience || result === late) {
      findings.push({ name, args: args.map(show).join(', '), what: `took ${Math.round(took)} ms`, stack: '' })
    }
    if (performance.now() - lastTurn > turn) {
      await new Promise((resolve) => setImmediate(resolve))
      lastTurn = performance.now()
    }
    if (depth > 0 && typeof result === 'function')
      await call(`${name}()`, result as Anything, next, depth - 1)
    if (depth > 0 && typeof result === 'object' && result !== null) {
      for (const [key, value] of Object.entries(result)) {
        if (typeof value === 'function' && !isBackend(result)) {
          await call(`${name}().${key}`, value.bind(result) as Anything, next, 0)
        }
      }
    }
  }
  for (const [name, value] of Object.entries(module)) {
    if (typeof value !== 'function' || apart.has(`${owner}.${name}`)) continue
    const next = random(seed ^ [...name].reduce((h, c) => Math.imul(h, 31) + (c.codePointAt(0) as number), 7))
    for (let round = 0; round < rounds; round++) await call(`${owner}.${name}`, value as Anything, next, 1)
  }
  return { calls, worked: good, findings }
}

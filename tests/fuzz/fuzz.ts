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

/** Milliseconds after which a call counts as one that hangs. */
const patience = 3000

/** The methods of a backend are called by ops alone, with what they have checked. */
const isBackend = (x: object): boolean => 'readSync' in x && 'run' in x

type Anything = (...args: unknown[]) => unknown

const late = Symbol('late')

async function settled(result: unknown): Promise<unknown> {
  if (!(result instanceof Promise)) return result
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise((resolve) => {
    timer = setTimeout(() => resolve(late), patience)
  })
  try {
    return await Promise.race([result, limit])
  } finally {
    clearTimeout(timer)
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
  let worked = 0
  const call = async (name: string, f: Anything, next: () => number, depth: number): Promise<void> => {
    const args = Array.from({ length: Math.floor(next() * 5) }, () =>
      (values[Math.floor(next() * values.length)] as () => unknown)(),
    )
    calls++
    const start = performance.now()
    let result: unknown
    try {
      result = await settled(f(...args))
      worked++
    } catch (error) {
      if (!NtkError.isInstance(error)) {
        const stack = error instanceof Error ? (error.stack ?? '') : ''
        findings.push({ name, args: args.map(show).join(', '), what: String(error), stack })
      }
    }
    // Whatever the call did to what all calls share.
    setDefaultBackend(cpuBackend())
    const took = performance.now() - start
    if (took > patience || result === late) {
      findings.push({ name, args: args.map(show).join(', '), what: `took ${Math.round(took)} ms`, stack: '' })
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
  return { calls, worked, findings }
}

/** How the text after a flag becomes a value of the config. */
export type FlagReading = 'text' | 'number' | 'numbers'

/** One flag: the config key it sets (dotted), and what `--help` says of it. */
export interface FlagEntry {
  readonly key: string
  readonly read: FlagReading
  readonly brief: string
  readonly placeholder: string
}

export type FlagTable = Readonly<Record<string, FlagEntry>>

/** `learningRate` as it is typed: `--learning-rate`. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

// What does not read as a number stays text: the schema says then what it wanted and got.
function readNumber(text: string): number | string | null {
  if (text === 'none' || text === 'null') return null
  const value = text.trim() === '' ? Number.NaN : Number(text)
  return Number.isNaN(value) ? text : value
}

function read(text: string, how: FlagReading): unknown {
  if (how === 'text') return text
  if (how === 'number') return readNumber(text)
  return text.trim() === '' || text === 'none' ? [] : text.split(',').map((part) => readNumber(part.trim()))
}

/** Sets `a.b.c` in nested plain objects, making those that are missing. */
function setKey(target: Record<string, unknown>, key: string, value: unknown): void {
  const parts = key.split('.')
  const last = parts.pop()
  let here = target
  for (const part of parts) {
    const next = here[part]
    const inner: Record<string, unknown> = isPlainObject(next) ? next : {}
    here[part] = inner
    here = inner
  }
  if (last !== undefined) here[last] = value
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The part of a config that the given flags say. */
export function configFromFlags(
  table: FlagTable,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const config: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries(table)) {
    const value = given[name]
    if (typeof value === 'string') setKey(config, entry.key, read(value, entry.read))
    // A switch that is not given says nothing: a file may turn it on.
    else if (value === true) setKey(config, entry.key, true)
  }
  return config
}

/** `over` laid on `base`: objects key by key, everything else (lists too) replaced. */
export function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key]
    merged[key] = isPlainObject(below) && isPlainObject(value) ? merge(below, value) : value
  }
  return merged
}

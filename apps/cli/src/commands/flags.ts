import type { FlagEntry } from '../config/flags.js'

/** An optional flag whose text the config reads and checks, so that files and flags have the same messages. */
export interface TextFlag {
  readonly kind: 'parsed'
  readonly parse: (text: string) => string
  readonly optional: true
  readonly brief: string
  readonly placeholder: string
}

export function textFlag(brief: string, placeholder: string): TextFlag {
  return { kind: 'parsed', parse: (text) => text, optional: true, brief, placeholder }
}

/** A switch that is off where it is not given. */
export interface Switch {
  readonly kind: 'boolean'
  readonly default: false
  readonly withNegated: false
  readonly brief: string
}

export function switchFlag(brief: string): Switch {
  return { kind: 'boolean', default: false, withNegated: false, brief }
}

/** The flags of a table as the command line library wants them. */
export function textFlags<Name extends string>(
  table: Readonly<Record<Name, FlagEntry>>,
): Record<Name, TextFlag> {
  const flags: Partial<Record<Name, TextFlag>> = {}
  for (const name of Object.keys(table) as Name[])
    flags[name] = textFlag(table[name].brief, table[name].placeholder)
  return flags as Record<Name, TextFlag>
}

import { z } from 'zod'
import type { Kind, ReadContext } from './kind.js'

/** A flag and the key of the config that it sets. */
export interface Flag {
  /** In camelCase: `learningRate` is typed `--learning-rate`. */
  readonly name: string
  /** From the top of the config. */
  readonly path: readonly string[]
  /** What `--help` says, the default in brackets behind it. */
  readonly help: string
  readonly placeholder: string
  readonly isSwitch: boolean
  readonly read: (text: string, context: ReadContext) => unknown
  /** Keys beside its own that it puts out of force where a file has them. */
  readonly replaces: readonly string[]
}

/** A part of a config, one setting or a group of them: what a file may say and which flags say the same. */
export interface Settings<T> {
  /** Checks a value and fills in defaults. */
  readonly schema: z.ZodType<T>
  /** Flags with their paths from this part on. */
  readonly flags: readonly Flag[]
}

interface About {
  /** One sentence without its full stop, for the help of the flag and the JSON Schema of the config. */
  readonly help: string
  /** The flag, where it is not called as the key; null where there is none. */
  readonly flag?: string | null
  /** Keys of the same group that the flag puts out of force where a file has them: two ways to say one thing. */
  readonly replaces?: readonly string[]
}

// A setting does not know its key until it stands in a group; this stands for it until then.
const ownKey = ''

function settingOf<T>(
  kind: Pick<Kind<unknown>, 'read' | 'placeholder' | 'isSwitch'>,
  schema: z.ZodType<T>,
  about: About,
  standard: string | undefined,
): Settings<T> {
  const { help, flag = ownKey, replaces = [] } = about
  const { read, placeholder, isSwitch } = kind
  const shown = standard === undefined ? help : `${help} (${standard})`
  return {
    schema: schema.describe(`${help}.`),
    flags:
      flag === null ? [] : [{ name: flag, path: [], help: shown, placeholder, isSwitch, read, replaces }],
  }
}

interface AboutDefault<T> extends About {
  readonly default: T
  /** The default as its flag takes it; numbers, words and lists of them need none. */
  readonly show?: (value: T) => string
}

function showDefault(value: unknown): string | undefined {
  if (value === false) return undefined
  if (value === null) return 'none'
  return Array.isArray(value) ? value.join(',') : String(value)
}

/**
 * A setting with a default: one declaration gives the key of config files with its schema, the flag with its parser and
 * its help, and the default of both.
 */
export function setting<T>(kind: Kind<T>, about: AboutDefault<NoInfer<T>>): Settings<T> {
  return settingOf(
    kind,
    // Zod wants to know that a default is not undefined, which a type variable cannot say.
    kind.schema.default(about.default as never) as unknown as z.ZodType<T>,
    about,
    about.show?.(about.default) ?? showDefault(about.default),
  )
}

/** A setting that may be left out. `absent` says for the help what is done then. */
export function optionalSetting<T>(
  kind: Kind<T>,
  about: About & { readonly absent?: string },
): Settings<T | undefined> {
  return settingOf<T | undefined>(kind, kind.schema.optional(), about, about.absent)
}

/** What must hold between the settings of a group. */
export interface Rule<T> {
  readonly holds: (config: T) => boolean
  /** What to say where it does not, behind the name of the group: `has a spec and also hidden`. */
  readonly error: string
}

/**
 * Settings under names. A config that names none of them has them all at their defaults; one that names another is
 * refused, with the nearest name.
 */
export function group<T extends object>(
  members: { readonly [K in keyof T]-?: Settings<T[K]> },
  rules: readonly Rule<T>[] = [],
): Settings<T> {
  const entries = Object.entries<Settings<unknown>>(members)
  const flags = entries.flatMap(([key, part]) =>
    part.flags.map((flag) => ({
      ...flag,
      name: flag.name === ownKey ? key : flag.name,
      path: [key, ...flag.path],
    })),
  )
  const twice = flags.find((flag, i) => flags.findIndex(({ name }) => name === flag.name) !== i)
  if (twice !== undefined) throw new Error(`two settings have the flag ${twice.name}`)
  // What zod infers from a record of schemas is T; it cannot be said for a T that is not known yet.
  const object = z.strictObject(Object.fromEntries(entries.map(([key, part]) => [key, part.schema])))
  const checked = rules.reduce<z.ZodType>(
    (schema, { holds, error }) => schema.refine((config) => holds(config as T), { error }),
    object,
  )
  return { schema: checked.prefault({}) as unknown as z.ZodType<T>, flags }
}

/** The same settings, some of them without their flags: they stay in config files. */
export function withoutFlags<T>(settings: Settings<T>, names: readonly string[]): Settings<T> {
  return { ...settings, flags: settings.flags.filter(({ name }) => !names.includes(name)) }
}

/** `learningRate` as it is typed: `--learning-rate`. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** Where a flag stands in a config file: `training.learningRate`. */
export function keyOf(flag: Flag): string {
  return flag.path.join('.')
}

import { z } from 'zod'

/** What reading the text of a flag may need. */
export interface ReadContext {
  /** Relative paths are relative to this folder. */
  readonly cwd: string
}

/** A kind of value: how a config holds it and how the text of a flag says it. */
export interface Kind<T> {
  readonly schema: z.ZodType<T>
  /**
   * The value that a text means. A text that means none is given back as it is, so that the schema refuses it with the
   * same words for flags and files.
   */
  readonly read: (text: string, context: ReadContext) => unknown
  /** What stands for the value in the help: `n`, `list`, `file`. */
  readonly placeholder: string
  /** The flag takes no text: to give it means true. */
  readonly isSwitch: boolean
}

function readNumber(text: string): number | string {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  return Number.isNaN(value) ? text : value
}

const numeric = (schema: z.ZodType<number>, placeholder: string): Kind<number> => ({
  schema,
  read: readNumber,
  placeholder,
  isSwitch: false,
})

/** Whole numbers from `min`, 1 unless given. */
export function whole(limits: { readonly min?: number; readonly max?: number } = {}): Kind<number> {
  const from = z.int().min(limits.min ?? 1)
  return numeric(limits.max === undefined ? from : from.max(limits.max), 'n')
}

/** Finite numbers: at least `min`, more than `above`, less than `below`, where they are given. */
export function real(
  limits: { readonly min?: number; readonly above?: number; readonly below?: number } = {},
): Kind<number> {
  let schema = z.number()
  if (limits.min !== undefined) schema = schema.min(limits.min)
  if (limits.above !== undefined) schema = schema.gt(limits.above)
  if (limits.below !== undefined) schema = schema.lt(limits.below)
  return numeric(schema, 'x')
}

/** One of some words. */
export function oneOf<const W extends string>(words: readonly W[], placeholder: string = 'name'): Kind<W> {
  return { schema: z.enum(words), read: (text) => text, placeholder, isSwitch: false }
}

/** Any text but the empty one: names of files, folders, layers. */
export function text(placeholder: string): Kind<string> {
  return { schema: z.string().min(1), read: (given) => given, placeholder, isSwitch: false }
}

/** On or off. */
export function onOff(): Kind<boolean> {
  return { schema: z.boolean(), read: (given) => given, placeholder: '', isSwitch: true }
}

/** A list, of at least `min` values, none of them twice where they are `distinct`. As a flag: `1,2,3`, or `none`. */
export function listOf<T>(
  kind: Kind<T>,
  limits: { readonly min?: number; readonly distinct?: string } = {},
): Kind<T[]> {
  const list = z.array(kind.schema).min(limits.min ?? 0)
  const schema =
    limits.distinct === undefined
      ? list
      : list.refine((values) => new Set(values).size === values.length, {
          error: `must not name ${limits.distinct} twice`,
        })
  return {
    schema,
    read: (given, context) =>
      given.trim() === '' || given === 'none'
        ? []
        : given.split(',').map((part) => kind.read(part.trim(), context)),
    placeholder: 'list',
    isSwitch: false,
  }
}

/** A value of a kind, or a word in its place: a number or `auto`. */
export function orWord<T, const W extends string>(kind: Kind<T>, word: W, error: string): Kind<T | W> {
  return { ...kind, schema: z.union([kind.schema, z.literal(word)], { error }) }
}

/** A number of a kind, or `inf`, for which a flag also takes `Infinity` and `∞`. */
export function orInfinite(kind: Kind<number>, error: string): Kind<number | 'inf'> {
  return {
    ...orWord(kind, 'inf', error),
    read: (given, context) =>
      ['infinity', '∞'].includes(given.toLowerCase()) ? 'inf' : kind.read(given, context),
  }
}

/** A value of a kind, or null, which a flag says as `none`. */
export function orNone<T>(kind: Kind<T>): Kind<T | null> {
  return {
    ...kind,
    schema: kind.schema.nullable(),
    read: (given, context) => (given === 'none' || given === 'null' ? null : kind.read(given, context)),
  }
}

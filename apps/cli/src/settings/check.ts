import { NtkError } from '@ntk/tensor'
import { suggestion } from '@ntk/tensor/options'
import { z } from 'zod'
import { isPlainObject, valueAt } from './objects.js'
import { type Flag, flagName, keyOf, type Settings } from './setting.js'

type Issue = z.core.$ZodIssue

/** `["network", "hidden", 1]` as `network.hidden[1]`. */
function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? String(part) : `${text}.${String(part)}`
  }, '')
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  // JSON has no NaN and no infinity.
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** The keys that the schema knows at a path, read off its JSON Schema. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const properties = path.flatMap((part) => ['properties', part])
  const found = valueAt(z.toJSONSchema(schema, { io: 'input' }), [...properties, 'properties'])
  return isPlainObject(found) ? Object.keys(found) : []
}

function needs(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'must be a whole number' : `must be ${article(issue.expected)}`
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty'
      if (issue.origin === 'array') return `needs at least ${issue.minimum} entries`
      return issue.inclusive ? `must be at least ${issue.minimum}` : `must be more than ${issue.minimum}`
    case 'too_big':
      if (issue.origin === 'array') return `may have at most ${issue.maximum} entries`
      return issue.inclusive ? `must be at most ${issue.maximum}` : `must be less than ${issue.maximum}`
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    default:
      return issue.message
  }
}

function article(type: string): string {
  const names: Record<string, string> = {
    object: 'a group of settings',
    record: 'a group of settings',
    array: 'a list',
    tuple: 'a list that begins with a name',
    nan: 'a number',
  }
  return names[type] ?? `a ${type}`
}

function unknownKey(settings: Settings<unknown>, issue: Issue, key: string, source: string): NtkError {
  const path = dotted(issue.path)
  const known = knownKeys(settings.schema, issue.path)
  // A setting that is spelt right but stands in the wrong group.
  const elsewhere = settings.flags.find((flag) => flag.path.at(-1) === key)
  return new NtkError('config', {
    what: `There is no setting "${key}" in ${path === '' ? source : `"${path}" of ${source}`}.`,
    fix: elsewhere === undefined ? suggestion(key, known) : `Did you mean "${keyOf(elsewhere)}"?`,
  })
}

function flagAt(flags: readonly Flag[], path: readonly PropertyKey[]): Flag | undefined {
  const keys = path.filter((part) => typeof part !== 'number')
  return flags.find(
    (flag) => flag.path.length === keys.length && flag.path.every((key, i) => key === keys[i]),
  )
}

function toError(settings: Settings<unknown>, value: unknown, issue: Issue, source: string): NtkError {
  if (issue.code === 'unrecognized_keys') return unknownKey(settings, issue, issue.keys[0] ?? '', source)
  const path = dotted(issue.path)
  const flag = flagAt(settings.flags, issue.path)
  const name = path === '' ? source : flag === undefined ? path : `${path} (${flagName(flag.name)})`
  const got = valueAt(value, issue.path)
  const near =
    issue.code === 'invalid_value' && typeof got === 'string'
      ? suggestion(got, issue.values.map(String))
      : undefined
  return new NtkError('config', {
    what: `${name} ${needs(issue)}.`,
    got: show(got),
    fix: near?.startsWith('Did') === true ? near : undefined,
  })
}

/**
 * The config with all defaults filled in.
 *
 * @param value what file and flags say together
 * @param source how to name the config in messages, for example a file name
 * @throws NtkError `config` for the first setting that is unknown or wrong, naming it, its flag, what it must be and
 *   what it was
 */
export function checkConfig<T>(settings: Settings<T>, value: unknown, source: string): T {
  const result = settings.schema.safeParse(value)
  if (result.success) return result.data
  // Unknown names first: a misspelt key is often the cause of the other complaints.
  const issues = result.error.issues
  const issue = issues.find((candidate) => candidate.code === 'unrecognized_keys') ?? issues[0]
  if (issue === undefined) throw new NtkError('config', { what: `${source} is not valid.` })
  throw toError(settings, value, issue, source)
}

/** The JSON Schema of a config file, for editors. */
export function configJsonSchema(settings: Settings<unknown>, title: string): string {
  return JSON.stringify({ title, ...z.toJSONSchema(settings.schema, { io: 'input' }) }, null, 2)
}

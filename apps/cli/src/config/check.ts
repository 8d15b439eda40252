import { NtkError } from '@ntk/tensor'
import { suggestion } from '@ntk/tensor/options'
import { z } from 'zod'
import { type FlagTable, flagName, isPlainObject } from './flags.js'

type Issue = z.core.$ZodIssue

/** `["network", "hidden", 1]` as `network.hidden[1]`. */
function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? String(part) : `${text}.${String(part)}`
  }, '')
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value
  for (const part of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = Reflect.get(here, part)
  }
  return here
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** The keys that the schema knows at a path, read off its JSON Schema. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let here: unknown = z.toJSONSchema(schema, { io: 'input' })
  for (const part of ['', ...path]) {
    if (part !== '') here = valueAt(here, ['properties', part])
  }
  const properties = valueAt(here, ['properties'])
  return isPlainObject(properties) ? Object.keys(properties) : []
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

function flagOf(table: FlagTable, path: string): string | undefined {
  const key = path.replace(/\[\d+\]$/, '')
  const name = Object.keys(table).find((candidate) => table[candidate]?.key === key)
  return name === undefined ? undefined : flagName(name)
}

function toError(
  schema: z.ZodType,
  value: unknown,
  issue: Issue,
  table: FlagTable,
  source: string,
): NtkError {
  const path = dotted(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? ''
    const where = path === '' ? source : `"${path}" of ${source}`
    return new NtkError('config', {
      what: `There is no setting "${key}" in ${where}.`,
      fix: suggestion(key, knownKeys(schema, issue.path)),
    })
  }
  const flag = flagOf(table, path)
  const name = path === '' ? source : flag === undefined ? path : `${path} (${flag})`
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
export function checkConfig<T>(schema: z.ZodType<T>, value: unknown, table: FlagTable, source: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  // Unknown names first: a misspelt key is often the cause of the other complaints.
  const issues = result.error.issues
  const issue = issues.find((candidate) => candidate.code === 'unrecognized_keys') ?? issues[0]
  if (issue === undefined) throw new NtkError('config', { what: `${source} is not valid.` })
  throw toError(schema, value, issue, table, source)
}

/** The JSON Schema of a config file, for editors. */
export function configJsonSchema(schema: z.ZodType, title: string): string {
  return JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input' }) }, null, 2)
}

import { readFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { parse as parseToml } from 'smol-toml'
import { parseDocument, parse as parseYaml } from 'yaml'
import { isPlainObject } from './objects.js'

// Some editors put it before the text; JSON and TOML know no such character.
const byteOrderMark = /^\uFEFF/

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  '.yaml': (text) => parseYaml(text),
  '.yml': (text) => parseYaml(text),
  '.toml': (text) => parseToml(text),
  '.json': (text) => JSON.parse(text),
}

function why(error: unknown): string {
  return error instanceof Error ? error.message.split('\n', 1).join('') : String(error)
}

/** The value in a YAML, TOML or JSON file, by the ending of its name. */
export function readDataFile(cwd: string, path: string): unknown {
  const parse = parsers[extname(path).toLowerCase()]
  if (parse === undefined) {
    throw new NtkError('config', {
      what: `${path} does not say what it is written in.`,
      got: extname(path) === '' ? 'a name without an ending' : `the ending ${extname(path)}`,
      fix: 'Name it .yaml, .toml or .json.',
    })
  }
  let text: string
  try {
    text = readFileSync(resolve(cwd, path), 'utf8').replace(byteOrderMark, '')
  } catch (error) {
    throw new NtkError('file', {
      what: `${path} cannot be read.`,
      got: why(error),
      fix: 'Check the path.',
      cause: error,
    })
  }
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw new NtkError('config', {
      what: `${path} is not valid ${extname(path).slice(1).toUpperCase()}.`,
      got: why(error),
      cause: error,
    })
  }
  requireShallow(path, value)
  if (extname(path).toLowerCase() === '.json') requireOnce(path, text)
  return value
}

/** Of a name that stands twice in one record JSON keeps the last; YAML and TOML refuse it. */
function requireOnce(path: string, text: string): void {
  const twice = parseDocument(text).errors.find(({ code }) => code === 'DUPLICATE_KEY')
  if (twice === undefined) return
  throw new NtkError('config', {
    what: `${path} names a setting twice in one record.`,
    got: why(twice),
    fix: 'Keep one of them.',
  })
}

/** Deeper than any config or spec that people write. A YAML file whose alias stands inside its own anchor has no end. */
const deepest = 256

function requireShallow(path: string, value: unknown): void {
  const left: { value: unknown; depth: number }[] = [{ value, depth: 0 }]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue
    const depth = next.depth + 1
    if (depth > deepest) {
      throw new NtkError('config', {
        what: `${path} may be nested ${deepest} deep.`,
        got: 'a deeper value, or one that holds itself',
        fix: 'In a spec, put layers that follow each other into one serial.',
      })
    }
    for (const inner of Object.values(next.value)) left.push({ value: inner, depth })
  }
}

/** A config file: settings by name. An empty file is an empty config. */
export function readConfigFile(cwd: string, path: string): Record<string, unknown> {
  const value = readDataFile(cwd, path) ?? {}
  if (isPlainObject(value)) return value
  throw new NtkError('config', {
    what: `${path} must hold settings by name.`,
    got: Array.isArray(value) ? 'a list' : `a ${typeof value}`,
    fix: 'For a network spec alone use --network.',
  })
}

/** A network file: the spec itself, or `spec = [...]` where the format has no list at its top (TOML). */
export function readSpecFile(cwd: string, path: string): unknown {
  const value = readDataFile(cwd, path)
  return isPlainObject(value) && 'spec' in value ? value.spec : value
}

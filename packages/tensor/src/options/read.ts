import { NtkError, type NtkErrorCode } from '../errors.js'
import { suggestion } from './nearest.js'
import type { OptionsOf, Rule, Rules } from './rule.js'
import { show } from './show.js'

/** Whether something is a record of named values: no list, tensor, tracer, map, promise or typed array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(Symbol.iterator in value) &&
    !ArrayBuffer.isView(value) &&
    !('shape' in value && 'dtype' in value) &&
    !('then' in value)
  )
}

const indefinite = (name: string): string => (/^[aeiou]/i.test(name) ? `an ${name}` : `a ${name}`)

function notARecord(owner: string, rules: Rules, given: unknown, code: NtkErrorCode): NtkError {
  const names = Object.keys(rules)
  const promised = typeof given === 'object' && given !== null && 'then' in given
  const meant = given === null ? undefined : names.find((name) => rules[name]?.accepts(given))
  const value = typeof given === 'object' || typeof given === 'function' ? '...' : show(given)
  const byName =
    meant === undefined ? `Its options are ${names.join(', ')}.` : `Write { ${meant}: ${value} }.`
  return new NtkError(code, {
    what: `${owner} takes its options by name, in a record.`,
    got: show(given),
    fix: promised ? 'Await it first.' : names.length === 0 ? 'It has none.' : byName,
  })
}

/**
 * Refuses what `readOptions` refuses and gives nothing: for the ops, where a record a call would cost.
 * Throws NtkError (`code`).
 */
export function checkOptions(
  owner: string,
  rules: Rules,
  given: unknown,
  code: NtkErrorCode = 'option',
): void {
  if (given === undefined) {
    for (const name in rules) {
      const rule = rules[name] as Rule
      if (rule.default === undefined && rule.optional !== true) readValue(owner, name, rule, undefined, code)
    }
    return
  }
  if (!isRecord(given)) throw notARecord(owner, rules, given, code)
  for (const name in given) {
    if (!Object.hasOwn(rules, name)) throw unknownOption(owner, name, rules, given, code)
  }
  for (const name in rules) {
    const rule = rules[name] as Rule
    const value = given[name]
    // What is there and fits needs no more, and that is nearly always.
    if (rule.read !== undefined || !rule.accepts(value)) readValue(owner, name, rule, value, code)
  }
}

function unknownOption(
  owner: string,
  name: string,
  rules: Rules,
  given: Readonly<Record<string, unknown>>,
  code: NtkErrorCode,
): NtkError {
  // A key or a layer where the options are due: what fits a rule that not every record fits.
  const fits = (rule: Rule | undefined): boolean => rule?.accepts(given) === true && !rule.accepts({})
  if (Object.values(rules).some(fits)) return notARecord(owner, rules, given, code)
  return new NtkError(code, {
    what: `${owner} has no option "${name}".`,
    fix: suggestion(name, Object.keys(rules)),
  })
}

/** One value by its rule. Throws NtkError (`code`) that names the owner and the option. */
export function readValue<T>(
  owner: string,
  name: string,
  rule: Rule<T>,
  value: unknown,
  code: NtkErrorCode = 'option',
): T {
  if (value === undefined && (rule.default !== undefined || rule.optional === true)) return rule.default as T
  if (!rule.accepts(value)) {
    throw new NtkError(rule.code ?? code, {
      what: `${owner} needs ${indefinite(`option "${name}"`)}, ${rule.what}.`,
      got: show(value),
      fix: rule.hint?.(value),
    })
  }
  // 'walk', then 'walk, in "limit",', then 'walk, in "limit", in "train",'.
  return rule.read === undefined
    ? value
    : rule.read(`${owner}${owner.endsWith(',') ? '' : ','} in "${name}",`, value, code)
}

/**
 * The options of a function, checked by their rules and completed by their defaults. `owner` is the function, as messages
 * name it. undefined is the empty record; an option that is undefined counts as left out.
 *
 * Throws NtkError 'option' (or `code`): where what was given is no record (with the way to write it), on a name that the
 * rules do not have (with the nearest that they have, also for Python's spelling), and on a value that a rule refuses.
 */
export function readOptions<const R extends Rules>(
  owner: string,
  rules: R,
  given: unknown,
  code: NtkErrorCode = 'option',
): OptionsOf<R> {
  if (given !== undefined && !isRecord(given)) throw notARecord(owner, rules, given, code)
  const record = given ?? {}
  for (const name of Object.keys(record)) {
    if (!Object.hasOwn(rules, name)) throw unknownOption(owner, name, rules, record, code)
  }
  const out: Record<string, unknown> = {}
  for (const name of Object.keys(rules)) {
    out[name] = readValue(owner, name, rules[name] as Rule, record[name], code)
  }
  return out as OptionsOf<R>
}

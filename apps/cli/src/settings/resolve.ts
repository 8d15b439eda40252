import { checkConfig } from './check.js'
import { readConfigFile } from './file.js'
import { isPlainObject, merge, setAt, valueAt } from './objects.js'
import type { Flag, Settings } from './setting.js'

/** Where a config comes from: flags win over the file, the file over the preset, the preset over defaults. */
export interface ConfigSources {
  readonly cwd: string
  /** A YAML, TOML or JSON file with settings. */
  readonly config?: string | undefined
  /** Settings that a preset has chosen. */
  readonly preset?: Readonly<Record<string, unknown>> | undefined
  /** The flags as they were typed, by their names in camelCase. */
  readonly flags: Readonly<Record<string, unknown>>
}

/** The flags that were given. A switch that is not given says nothing: a file may turn it on. */
function given(settings: Settings<unknown>, flags: ConfigSources['flags']): Flag[] {
  return settings.flags.filter(({ name, isSwitch }) =>
    isSwitch ? flags[name] === true : typeof flags[name] === 'string',
  )
}

/** What a file or preset says, less what the given flags put out of force. */
function inForce(config: Readonly<Record<string, unknown>>, flags: readonly Flag[]): Record<string, unknown> {
  const kept = structuredClone(config) as Record<string, unknown>
  for (const { path, replaces } of flags) {
    const siblings = valueAt(kept, path.slice(0, -1))
    if (isPlainObject(siblings)) for (const key of replaces) delete siblings[key]
  }
  return kept
}

/**
 * The whole config, checked.
 *
 * @throws NtkError `config` or `file`, naming the setting, its flag and the nearest known name
 */
export function resolveConfig<T>(settings: Settings<T>, sources: ConfigSources): T {
  const { cwd, config, preset = {}, flags } = sources
  const fromFile = config === undefined ? {} : readConfigFile(cwd, config)
  const typed = given(settings, flags)
  const fromFlags: Record<string, unknown> = {}
  for (const { name, path, isSwitch, read } of typed)
    setAt(fromFlags, path, isSwitch ? true : read(String(flags[name]), { cwd }))
  const said = merge(merge(inForce(preset, typed), inForce(fromFile, typed)), fromFlags)
  return checkConfig(settings, said, config ?? 'the config')
}

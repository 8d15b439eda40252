import { NtkError } from '@ntk/tensor'
import { suggestion } from '@ntk/tensor/options'
import { parse } from 'yaml'
import { setAt, valueAt } from '../settings/objects.js'
import { keyOf, type Settings } from '../settings/setting.js'

/**
 * Settings as `--set` has them, `key=value`: the key is the name from the top of the config, `data.train`, or that of a
 * flag; the value is written as the flag has it.
 *
 * @throws NtkError `option` for a text that is no `key=value`, or a key that is no setting
 */
export function readSets(
  { name, settings }: { readonly name: string; readonly settings: Settings<unknown> },
  texts: readonly string[],
  cwd: string,
): Record<string, unknown> {
  const said: Record<string, unknown> = {}
  for (const text of texts) {
    const at = text.indexOf('=')
    if (at < 1) {
      throw new NtkError('option', {
        what: '--set takes a setting and its value.',
        got: text,
        fix: 'Write it as --set key=value.',
      })
    }
    const [key, value] = [text.slice(0, at).trim(), text.slice(at + 1)]
    const flag = settings.flags.find((one) => keyOf(one) === key || one.name === key)
    if (flag === undefined) {
      throw new NtkError('option', {
        what: `${name} has no setting "${key}".`,
        fix: suggestion(
          key,
          settings.flags.map((one) => keyOf(one)),
        ),
      })
    }
    // A switch is a boolean of YAML; anything else is refused by the schema.
    setAt(said, flag.path, flag.isSwitch ? parse(value) : flag.read(value, { cwd }))
  }
  return said
}

/**
 * A config with more of what the experiment counts.
 *
 * @param more the setting that is raised, by its name from the top
 * @throws NtkError `option` where the experiment has no such setting
 */
export function withMore(
  { name, more }: { readonly name: string; readonly more?: string },
  config: unknown,
  by: number,
): Record<string, unknown> {
  const path = more?.split('.') ?? []
  const now = valueAt(config, path)
  if (more === undefined || typeof now !== 'number' || typeof config !== 'object' || config === null) {
    throw new NtkError('option', {
      what: `${name} has nothing that --more could add to.`,
      fix: 'Run it again with other settings: --set key=value.',
    })
  }
  const raised: Record<string, unknown> = { ...structuredClone(config) }
  setAt(raised, path, now + by)
  return raised
}

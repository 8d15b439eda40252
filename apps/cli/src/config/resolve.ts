import type { z } from 'zod'
import { checkConfig } from './check.js'
import { readConfigFile, readSpecFile } from './file.js'
import { configFromFlags, type FlagTable, isPlainObject, merge } from './flags.js'

/** Where a config comes from: flags win over the file, the file wins over defaults. */
export interface ConfigSources {
  readonly cwd: string
  /** A YAML, TOML or JSON file with settings. */
  readonly config?: string | undefined
  /** A YAML, TOML or JSON file with a network spec. */
  readonly network?: string | undefined
  /** The flags as they were typed. */
  readonly flags: Readonly<Record<string, unknown>>
}

/**
 * The whole config: file, then `--network`, then flags, then defaults, checked.
 *
 * @throws NtkError `config` or `file`, naming the setting, its flag and the nearest known name
 */
export function resolveConfig<T>(schema: z.ZodType<T>, table: FlagTable, sources: ConfigSources): T {
  const { cwd, config, network, flags } = sources
  const fromFile = config === undefined ? {} : readConfigFile(cwd, config)
  const fromFlags = configFromFlags(table, flags)
  const spec = network === undefined ? {} : { network: { spec: readSpecFile(cwd, network) } }
  const said = merge(withoutReplacedNetwork(fromFile, spec, fromFlags), merge(spec, fromFlags))
  return checkConfig(schema, said, table, config ?? 'the config')
}

// A network on the command line replaces a network of the other kind in the file: a spec file drops the short form,
// and --hidden drops a spec. Other flags (--w-std alone) cannot change a spec, which the schema reports.
function withoutReplacedNetwork(
  file: Record<string, unknown>,
  spec: Record<string, unknown>,
  flags: Record<string, unknown>,
): Record<string, unknown> {
  const network = file.network
  if (!isPlainObject(network)) return file
  if ('network' in spec) return { ...file, network: {} }
  if (!isPlainObject(flags.network) || !('hidden' in flags.network)) return file
  const { spec: _replaced, ...rest } = network
  return { ...file, network: rest }
}

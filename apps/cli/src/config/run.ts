import { checkConfig } from '../settings/check.js'
import { isPlainObject } from '../settings/objects.js'
import { group } from '../settings/setting.js'
import { dtypeSetting, seedSetting } from './common.js'
import { type DataConfig, dataSettings } from './data.js'
import { type NetworkConfig, networkSettings } from './network.js'

/** What the configs of runs that train a network on data have in common. */
export interface RunConfig {
  data: DataConfig
  network: NetworkConfig
  seed: number
  dtype: 'float64' | 'float32'
}

const shared = group<RunConfig>({
  data: dataSettings(),
  network: networkSettings(),
  seed: seedSetting(),
  dtype: dtypeSetting(),
})

/**
 * Data, network, seed and precision of a run, whatever else its config says.
 *
 * @throws NtkError `config`
 */
export function readRunConfig(config: unknown, source: string): RunConfig {
  const { data, network, seed, dtype } = isPlainObject(config) ? config : {}
  const said = Object.entries({ data, network, seed, dtype }).filter(([, value]) => value !== undefined)
  return checkConfig(shared, Object.fromEntries(said), source)
}

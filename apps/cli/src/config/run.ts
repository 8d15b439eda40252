import { checkConfig } from '../settings/check.js'
import { isPlainObject } from '../settings/objects.js'
import { group } from '../settings/setting.js'
import { seedSetting } from './common.js'
import { type DataConfig, dataSettings } from './data.js'
import { type DeviceConfig, deviceSettings, type OnDevice, withDtype } from './device.js'
import { type NetworkConfig, networkSettings } from './network.js'

/** What the configs of runs that train a network on data have in common. */
export interface RunConfig extends DeviceConfig {
  data: DataConfig
  network: NetworkConfig
  seed: number
}

const shared = group<RunConfig>({
  data: dataSettings(),
  network: networkSettings(),
  seed: seedSetting(),
  ...deviceSettings(),
})

/**
 * Data, network, seed, device and precision of a run, whatever else its config says.
 *
 * @throws NtkError `config`
 */
export function readRunConfig(config: unknown, source: string): RunConfig & OnDevice {
  const { data, network, seed, device, dtype } = isPlainObject(config) ? config : {}
  const said = Object.entries({ data, network, seed, device, dtype }).filter(
    ([, value]) => value !== undefined,
  )
  return withDtype(checkConfig(shared, Object.fromEntries(said), source))
}

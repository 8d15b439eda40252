import { seedSetting } from '../../config/common.js'
import { type DataConfig, dataSettings } from '../../config/data.js'
import { type DeviceConfig, deviceSettings, type OnDevice, withDtype } from '../../config/device.js'
import { type NetworkConfig, networkSettings } from '../../config/network.js'
import { type TrainingConfig, trainingSettings } from '../../config/training.js'
import type { ExperimentHead } from '../../experiment/experiment.js'
import { listOf, text, whole } from '../../settings/kind.js'
import { group, optionalSetting, setting } from '../../settings/setting.js'

/** Everything that decides what `ntk dynamics` computes, after file, flags and defaults are merged. */
export interface DynamicsConfig extends DeviceConfig {
  data: DataConfig
  network: NetworkConfig
  training: TrainingConfig
  widths?: number[] | undefined
  networks: number
  seed: number
  out: string
}

/** A config whose widths are decided: nothing is left to defaults that depend on each other. */
export type ResolvedDynamics = DynamicsConfig & OnDevice & { readonly widths: readonly number[] }

/** One hidden layer: the network of the theory's first papers, in which its laws show at widths that take seconds. */
const defaultHidden: readonly number[] = [1024]

/** Fills in the hidden layers, the precision, and the widths of the sweep where the config leaves them open. */
export function resolveDynamics(settings: DynamicsConfig): ResolvedDynamics {
  const given = withDtype(settings)
  const { spec, hidden = [...defaultHidden] } = given.network
  const config = spec === undefined ? { ...given, network: { ...given.network, hidden } } : given
  if (config.widths !== undefined) return { ...config, widths: config.widths }
  const [width] = hidden
  if (spec !== undefined || width === undefined || hidden.some((other) => other !== width))
    return { ...config, widths: [] }
  const widths = [8, 4, 2, 1].map((part) => width / part).filter((one) => Number.isInteger(one) && one >= 8)
  return { ...config, widths: widths.length > 1 ? widths : [] }
}

export const dynamicsHead: ExperimentHead<DynamicsConfig> = {
  name: 'dynamics',
  summary: 'Train a network and its linearization and predict both from kernels',
  paper: 'Lee et al. 2019, Wide Neural Networks of Any Depth Evolve as Linear Models Under Gradient Descent',
  settings: group<DynamicsConfig>({
    data: dataSettings(),
    network: networkSettings(defaultHidden),
    training: trainingSettings(),
    widths: optionalSetting(listOf(whole(), { distinct: 'a width' }), {
      help: 'Also train networks of each width and fit how fast the laws of infinite width set in, or none',
      absent: '1/8, 1/4, 1/2 and all of --hidden, where that is one width',
    }),
    networks: setting(whole(), { help: 'Networks of each width, for error bars', default: 4 }),
    seed: seedSetting(),
    ...deviceSettings(),
    out: setting(text('dir'), { help: 'Folder in which the folder of the run is made', default: 'runs' }),
  }),
}

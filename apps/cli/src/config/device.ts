import type { DeviceName as TfjsDevice } from '@ntk/backend-tfjs'
import { NtkError } from '@ntk/tensor'
import { oneOf } from '../settings/kind.js'
import { optionalSetting, type Settings, setting } from '../settings/setting.js'

/** 'cuda' is that of @ntk/backend-cuda, the others are those of @ntk/backend-tfjs. */
export type DeviceName = TfjsDevice | 'cuda'

export type DeviceChoice = DeviceName | 'auto'

/** What `--device` takes, and the best precision of each; what auto finds may have float32 alone. */
const precisions: Readonly<Record<DeviceChoice, Precision>> = {
  cpu: 'float64',
  auto: 'float32',
  cuda: 'float64',
  wasm: 'float32',
  webgpu: 'float32',
  tensorflow: 'float32',
  'tensorflow-gpu': 'float32',
}

type Precision = 'float64' | 'float32'

/** Settings of what computes on a device. */
export interface DeviceConfig {
  device: DeviceChoice
  dtype?: Precision | undefined
}

/** On what networks are computed, and in which precision. */
export interface OnDevice {
  readonly device: DeviceChoice
  readonly dtype: Precision
}

/**
 * `--device` and `--dtype` of a command.
 *
 * @param computed what runs there
 * @param precision whose precision it is
 */
export function deviceSettings(
  computed: string = 'networks are',
  precision: string = 'Precision of the networks; predictions are float64',
): { readonly [K in keyof DeviceConfig]-?: Settings<DeviceConfig[K]> } {
  return {
    device: setting(oneOf(Object.keys(precisions) as DeviceChoice[]), {
      help: `On what ${computed} computed; auto takes a GPU that works`,
      default: 'cpu',
    }),
    dtype: optionalSetting(oneOf(['float64', 'float32']), {
      help: precision,
      absent: 'float64 on the CPU and CUDA, float32 on other devices',
    }),
  }
}

/**
 * A config with its precision: as given, else the best of the device.
 *
 * @param said how the precision was asked for, where not by `--dtype`
 * @throws NtkError `config` where float64 is asked of a device that has none
 */
export function withDtype<C extends DeviceConfig>(config: C, said?: string): C & OnDevice {
  const { device, dtype } = config
  if (dtype === 'float64' && precisions[device] !== 'float64') {
    throw new NtkError('config', {
      what: `--device ${device} computes in float32.`,
      got: said ?? '--dtype float64',
      fix: `${said === undefined ? 'Leave out --dtype' : 'Take another'}, or take --device cpu or cuda, which have float64.`,
    })
  }
  return { ...config, dtype: dtype ?? precisions[device] }
}

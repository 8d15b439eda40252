import { type Backend, hostBackend, NtkError } from '@ntk/tensor'
import type { DeviceChoice } from '../config/common.js'
import type { Progress } from '../progress/progress.js'

/** On what networks are computed, and in which precision. */
export interface OnDevice {
  readonly device: DeviceChoice
  readonly dtype: 'float64' | 'float32'
}

/**
 * The precision of a config: as given, else the best of the device.
 *
 * @throws NtkError `config` where float64 is asked of a device that has none
 */
export function dtypeOn(
  device: DeviceChoice,
  given: 'float64' | 'float32' | undefined,
): 'float64' | 'float32' {
  if (given === 'float64' && device !== 'cpu') {
    throw new NtkError('config', {
      what: `--device ${device} computes in float32.`,
      got: '--dtype float64',
      fix: 'Leave out --dtype, or take --device cpu, which has float64.',
    })
  }
  return given ?? (device === 'cpu' ? 'float64' : 'float32')
}

/**
 * The backend that networks are put on; the same one whenever it is asked for.
 *
 * @throws NtkError `unsupported` where its package or driver is missing
 */
export async function backendOf({ device }: OnDevice): Promise<Backend> {
  if (device === 'cpu') return hostBackend()
  const { chooseBackend } = await import('@ntk/backend-tfjs')
  return (await chooseBackend(device)).backend
}

/** Says what was taken, and what not and why, where that was left open. */
export async function sayDevice({ device }: OnDevice, progress: Progress): Promise<void> {
  if (device === 'cpu') return
  const { chooseBackend } = await import('@ntk/backend-tfjs')
  const { why, passed } = await chooseBackend(device)
  progress.note(`device: ${why}`)
  for (const { device: other, reason } of passed) progress.note(`  not ${other}: ${reason}`)
}

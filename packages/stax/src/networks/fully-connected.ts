import { readOptions, requireList } from '@ntk/tensor/options'
import { serial } from '../combinators/serial.js'
import type { Layer } from '../layer.js'
import { Dense } from '../layers/dense.js'
import { type NetworkOptions, shared, withShared } from './options.js'

const rules = withShared({})

/** Dense layers of the given widths with an activation after each, and a readout of `out` (Lee et al. 2019, eq. 1). */
export function fullyConnected(widths: readonly number[], out: number, options?: NetworkOptions): Layer {
  requireList(widths, 'widths of fullyConnected')
  const { activation, affine } = shared(readOptions('fullyConnected', rules, options, 'spec'))
  return serial(...widths.flatMap((width) => [Dense(width, affine), activation()]), Dense(out, affine))
}

import { serial } from '../combinators/serial.js'
import { Relu } from '../generated/activations.js'
import type { Layer } from '../layer.js'
import type { AffineOptions } from '../layers/affine.js'
import { Dense } from '../layers/dense.js'

export interface NetworkOptions extends AffineOptions {
  /** Makes the nonlinearity, Relu unless given. */
  readonly activation?: () => Layer
}

/** Splits what a network's layers share from what is its own. */
export function shared({ activation = () => Relu(), ...affine }: NetworkOptions): {
  activation: () => Layer
  affine: AffineOptions
} {
  return { activation, affine }
}

/** Dense layers of the given widths with an activation after each, and a readout of `out` (Lee et al. 2019, eq. 1). */
export function fullyConnected(widths: readonly number[], out: number, options: NetworkOptions = {}): Layer {
  const { activation, affine } = shared(options)
  return serial(...widths.flatMap((width) => [Dense(width, affine), activation()]), Dense(out, affine))
}

import type { Layer, Params } from '@ntk/stax'
import type { Tensor } from '@ntk/tensor'

/** A finite network as a function of its parameters. */
export type Apply = (params: Params<Tensor>, x: Tensor) => Tensor

/** The finite network of a layer as a function of its parameters. */
export function applyOf(net: Layer): Apply {
  return (params, x) => net.apply(params, x)
}

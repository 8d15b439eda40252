import type { Spec } from '@ntk/stax'
import { fromSpec, type Layer } from '@ntk/stax'
import { foldIn, type Key, key } from '@ntk/tensor'
import type { ResolvedDynamics } from '../config/dynamics.js'
import { describeNetwork, hiddenWidths, networkSpec, takesVectors, withWidth } from '../config/network.js'
import { evaluationSteps } from './numbers.js'

/** What every stage knows from the config alone. */
export interface Setup {
  readonly config: ResolvedDynamics
  /** Outputs of the network: one a class. */
  readonly outputs: number
  readonly spec: Spec
  readonly net: Layer
  /** Whether images reach the network as vectors. */
  readonly vectors: boolean
  /** Steps at which everything is evaluated, from 0 to the last. */
  readonly steps: readonly number[]
  /** `3 hidden layers of width 512` */
  readonly title: string
  /** The common width of the hidden layers, or null. */
  readonly width: number | null
  readonly keys: { readonly data: Key; readonly network: Key; readonly batches: Key }
  /** The network with hidden layers of another width. */
  readonly widened: (width: number) => Layer
}

/**
 * Builds the network and everything else that the config decides.
 *
 * @throws NtkError `spec` for an unknown layer or option (with the nearest name), `config` for a sweep without hidden
 *   layers
 */
export function makeSetup(config: ResolvedDynamics): Setup {
  const outputs = config.data.classes?.length ?? 10
  const spec = networkSpec(config.network, outputs)
  const widths = hiddenWidths(spec)
  const root = key(config.seed)
  // Built here so that a wrong width of the sweep is known before anything is computed.
  const swept = new Map(config.widths.map((width) => [width, fromSpec(withWidth(spec, width))]))
  return {
    config,
    outputs,
    spec,
    net: fromSpec(spec),
    vectors: takesVectors(spec),
    steps: evaluationSteps(config.training.steps, config.training.evaluations),
    title: describeNetwork(spec),
    width: widths[0] !== undefined && widths.every((width) => width === widths[0]) ? widths[0] : null,
    keys: { data: foldIn(root, 0), network: foldIn(root, 1), batches: foldIn(root, 2) },
    widened: (width) => {
      const net = swept.get(width)
      if (net === undefined) throw new Error(`width ${width} is not part of the sweep`)
      return net
    },
  }
}

import type { Spec } from '@ntk/stax'
import { fromSpec, type Layer } from '@ntk/stax'
import { foldIn, type Key, key } from '@ntk/tensor'
import { evaluationSteps } from '../../measures/numbers.js'
import { describeNetwork, hiddenWidths, networkSpec, takesVectors, withWidth } from '../../networks/spec.js'
import { requireRoom } from './room.js'
import { type DynamicsConfig, type ResolvedDynamics, resolveDynamics } from './settings.js'

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
  /** The networks of the sweep, by the width of their hidden layers. */
  readonly sweep: ReadonlyMap<number, Layer>
}

/**
 * Builds the network and everything else that the config decides.
 *
 * @throws NtkError `spec` for an unknown layer or option (with the nearest name), `config` for a sweep without hidden
 *   layers and for settings that ask for more than there is
 */
export function makeSetup(given: DynamicsConfig): Setup {
  const config = resolveDynamics(given)
  const outputs = config.data.classes?.length ?? 10
  const spec = networkSpec(config.network, outputs)
  requireRoom(config, spec, outputs)
  const widths = hiddenWidths(spec)
  const root = key(config.seed)
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
    // Built here so that a wrong width of the sweep is known before anything is computed.
    sweep: new Map(config.widths.map((width) => [width, fromSpec(withWidth(spec, width))])),
  }
}

import { layersOf, mapSpec, type Spec, specOf } from '@ntk/stax'
import { NtkError } from '@ntk/tensor'
import { type NetworkConfig, networkDefaults } from '../config/network.js'

/**
 * The spec of a network for a number of outputs: the one of the config, or the fully connected one that its settings
 * describe.
 */
export function networkSpec(network: NetworkConfig, outputs: number): Spec {
  if (network.spec !== undefined) return network.spec
  const defaults = networkDefaults
  const options = {
    wStd: network.wStd ?? defaults.wStd,
    bStd: network.bStd === undefined ? defaults.bStd : network.bStd,
    parameterization: network.parameterization ?? defaults.parameterization,
  }
  const activation: Spec = [network.activation ?? defaults.activation]
  const dense = (out: number): Spec => ['Dense', { out, ...options }]
  const layers = (network.hidden ?? defaults.hidden).flatMap((width): Spec[] => [dense(width), activation])
  return ['serial', ...layers, dense(outputs)]
}

const denseLayers = (spec: Spec): ReturnType<typeof layersOf> =>
  layersOf(spec).filter(({ name, options }) => name === 'Dense' && typeof options.out === 'number')

/** The setting that says what a network is, for messages. */
export function networkSetting(network: NetworkConfig): { setting: string; value: string } {
  if (network.spec !== undefined) return { setting: 'network.spec (--network)', value: 'this network' }
  const hidden = network.hidden ?? networkDefaults.hidden
  const value = hidden.length > 8 ? `${hidden.length} layers` : hidden.join(', ')
  return { setting: 'network.hidden (--hidden)', value }
}

/** Widths of all Dense layers but the last, in order. */
export function hiddenWidths(spec: Spec): number[] {
  return denseLayers(spec)
    .slice(0, -1)
    .map(({ options }) => Number(options.out))
}

/**
 * The same network with every hidden layer of one width: `out` of all Dense layers but the last.
 *
 * @throws NtkError `config` where there is no hidden Dense layer to widen
 */
export function withWidth(spec: Spec, width: number): Spec {
  const places = denseLayers(spec).map(({ path }) => path.join())
  if (places.length < 2) {
    throw new NtkError('config', {
      what: 'A sweep over widths needs a network with a hidden Dense layer.',
      got: JSON.stringify(spec).slice(0, 80),
      fix: 'Leave --widths out, or give hidden layers.',
    })
  }
  const hidden = new Set(places.slice(0, -1))
  return mapSpec(spec, ({ name, options, children, path }) =>
    specOf(name, hidden.has(path.join()) ? { ...options, out: width } : options, children),
  )
}

/**
 * Whether images are made vectors before the network sees them: so for networks that begin with Dense or Flatten.
 * (Flattening first gives the same kernel and needs no covariance of every pixel pair.)
 */
export function takesVectors(spec: Spec): boolean {
  const first = layersOf(spec)[0]?.name
  return first === 'Dense' || first === 'Flatten'
}

/** A short name for titles: `3 hidden layers of width 512`, `hidden layers 256, 128`, or the outermost name. */
export function describeNetwork(spec: Spec): string {
  const widths = hiddenWidths(spec)
  const [first] = widths
  if (first === undefined) return 'no hidden layer'
  if (widths.every((width) => width === first)) {
    return widths.length === 1
      ? `1 hidden layer of width ${first}`
      : `${widths.length} hidden layers of width ${first}`
  }
  return `hidden layers ${widths.join(', ')}`
}

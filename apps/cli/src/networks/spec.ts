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
    ...(network.initialization === undefined ? {} : { initialization: network.initialization }),
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

const countOf = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

/** Hidden Dense layers by their widths: `3 hidden layers of width 512`, or `hidden layers 256, 3 × 128`; null: none. */
function describeHidden(spec: Spec): string | null {
  const hidden = denseLayers(spec)
    .slice(0, -1)
    .map(({ options, times }) => ({ width: Number(options.out), times }))
  const [first] = hidden
  if (first === undefined) return null
  if (hidden.every(({ width }) => width === first.width)) {
    const count = hidden.reduce((total, { times }) => total + times, 0)
    return `${countOf(count, 'hidden layer')} of width ${first.width}`
  }
  const widths = hidden.map(({ width, times }) => (times === 1 ? `${width}` : `${times} × ${width}`))
  return `hidden layers ${widths.join(', ')}`
}

/** What a network has beside dense layers and activations, by kinds of layers; a layer belongs to the first that fits. */
const kindsOfLayers: readonly (readonly [kind: string, fits: (name: string) => boolean])[] = [
  ['convolution', (name) => name.startsWith('Conv')],
  ['attention layer', (name) => name.includes('Attention')],
  ['graph layer', (name) => name === 'Aggregate'],
  ['pool', (name) => name.endsWith('Pool')],
]

/**
 * A short name for titles: `3 hidden layers of width 512`, `5 convolutions, 1 pool`, `2 convolutions, hidden layers 256, 128`, or
 * `no hidden layer`.
 */
export function describeNetwork(spec: Spec): string {
  const layers = layersOf(spec)
  const counts = kindsOfLayers.flatMap(([kind, fits]) => {
    const n = layers.reduce((total, { name, times }) => total + (fits(name) ? times : 0), 0)
    return n === 0 ? [] : [countOf(n, kind)]
  })
  const hidden = describeHidden(spec)
  const parts = hidden === null ? counts : [...counts, hidden]
  return parts.length === 0 ? 'no hidden layer' : parts.join(', ')
}

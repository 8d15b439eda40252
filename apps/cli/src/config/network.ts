import type { Spec, SpecOptions } from '@ntk/stax'
import { NtkError } from '@ntk/tensor'
import { type NetworkConfig, networkDefaults } from './sections.js'

type Part = SpecOptions | Spec

const isSpec = (part: Part): part is Spec => Array.isArray(part)

/** Options and children of a spec, each maybe empty. */
function parts(spec: Spec): { name: string; options: SpecOptions; children: readonly Spec[] } {
  const [name, first, ...others] = spec
  const [options, rest]: [SpecOptions, readonly Part[]] =
    first === undefined || isSpec(first) ? [{}, spec.slice(1) as readonly Part[]] : [first, others]
  return { name, options, children: rest.filter(isSpec) }
}

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

/** Widths of all Dense layers but the last, in order. */
export function hiddenWidths(spec: Spec): number[] {
  return denseWidths(spec).slice(0, -1)
}

function denseWidths(spec: Spec): number[] {
  const { name, options, children } = parts(spec)
  const own = name === 'Dense' && typeof options.out === 'number' ? [options.out] : []
  return [...own, ...children.flatMap(denseWidths)]
}

/**
 * The same network with every hidden layer of one width: `out` of all Dense layers but the last.
 *
 * @throws NtkError `config` where there is no hidden Dense layer to widen
 */
export function withWidth(spec: Spec, width: number): Spec {
  let left = denseWidths(spec).length - 1
  if (left < 1) {
    throw new NtkError('config', {
      what: 'A sweep over widths needs a network with a hidden Dense layer.',
      got: JSON.stringify(spec).slice(0, 80),
      fix: 'Leave --widths out, or give hidden layers.',
    })
  }
  const widen = (here: Spec): Spec => {
    const { name, options, children } = parts(here)
    const widened = name === 'Dense' && left-- > 0 ? { ...options, out: width } : options
    const inner = children.map(widen)
    return [name, ...(Object.keys(widened).length > 0 ? [widened] : []), ...inner]
  }
  return widen(spec)
}

/**
 * Whether images are made vectors before the network sees them: so for networks that begin with Dense or Flatten.
 * (Flattening first gives the same kernel and needs no covariance of every pixel pair.)
 */
export function takesVectors(spec: Spec): boolean {
  const { name, children } = parts(spec)
  if (name === 'Dense' || name === 'Flatten') return true
  const [first] = children
  return (name === 'serial' || name === 'repeat') && first !== undefined && takesVectors(first)
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

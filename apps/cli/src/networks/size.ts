import { layersOf, type Spec, type SpecLayer } from '@ntk/stax'
import { NtkError } from '@ntk/tensor'

/** More layers than the deepest networks that were ever trained. */
const mostLayers = 20_000

/**
 * Refuses networks of more layers than can be built in sensible time, before one is.
 *
 * @param setting what to blame: `network.hidden (--hidden)`
 * @throws NtkError `config`, and `spec` for one that is nested too deep or holds itself
 */
export function requireBuildable(spec: Spec, setting: string): void {
  const layers = layersOf(spec).reduce((sum, { times }) => sum + times, 0)
  if (layers <= mostLayers) return
  throw new NtkError('config', {
    what: `${setting} gives a network of more than ${mostLayers} layers.`,
    got: String(layers),
    fix: 'Take fewer.',
  })
}

const sizesOf = (option: unknown): number =>
  Array.isArray(option) ? option.reduce<number>((product, size) => product * Number(size), 1) : 1

/**
 * At least so many parameters a network has. What is not known without building it counts as 1: inputs of a layer behind
 * a join of branches, pixels that are left before a Flatten behind convolutions.
 *
 * @param inputShape of one sample
 */
export function leastParameters(spec: Spec, inputShape: readonly number[]): number {
  const layers = layersOf(spec)
  const branches = layers.some(({ name }) => name === 'FanOut')
  let positions = sizesOf(inputShape.slice(0, -1))
  let width = inputShape.at(-1) ?? 1
  let count = 0
  for (const layer of layers) {
    if (layer.name === 'Flatten') {
      width *= positions
      positions = 1
      continue
    }
    const out = outputsOf(layer)
    if (out === undefined) continue
    const convolution = layer.name !== 'Dense'
    const inputs = branches ? 1 : width
    // A repeated layer takes what it gives from the second time on.
    count +=
      out *
      (convolution ? sizesOf(layer.options.filter) : 1) *
      (inputs + (layer.times - 1) * Math.min(inputs, out))
    width = out
    if (convolution) positions = 1
  }
  return count
}

function outputsOf({ name, options }: SpecLayer): number | undefined {
  const affine = name === 'Dense' || name.startsWith('Conv')
  return affine && typeof options.out === 'number' ? options.out : undefined
}

import { NtkError } from '@ntk/tensor'
import { requireFunction } from '@ntk/tensor/options'
import { partsOf, type Spec, type SpecOptions } from './spec.js'

/** A place in a spec: a layer, or a combinator with the specs inside it. */
export interface SpecNode {
  readonly name: string
  readonly options: SpecOptions
  readonly children: readonly Spec[]
  /** From the top: which child of which child. */
  readonly path: readonly number[]
}

/** A layer of a spec: a node without children. */
export interface SpecLayer extends SpecNode {
  /** How often the network has it: the product of `n` over the repeats around it. */
  readonly times: number
}

/** Deeper than any network that people write; a spec without an end (it holds itself) goes past it. */
const deepest = 200

function nodeAt(spec: Spec, path: readonly number[]): SpecNode {
  if (path.length > deepest) {
    throw new NtkError('spec', {
      what: `A spec may be nested ${deepest} deep.`,
      got: 'a deeper one, or one that holds itself',
      fix: 'Put layers that follow each other into one serial, and equal ones into repeat.',
    })
  }
  const { name, options, children } = partsOf(spec, path.length === 0 ? 'the top' : `[${path.join('][')}]`)
  return { name, options, children: children as readonly Spec[], path }
}

/**
 * The spec with every node replaced by what `change` makes of it (`specOf` puts one together), the innermost first: a node
 * comes with the new specs of its children.
 *
 * @throws NtkError `spec` for a form that is no spec, or one nested more than 200 deep
 */
export function mapSpec(spec: Spec, change: (node: SpecNode) => Spec): Spec {
  requireFunction(change, 'change of mapSpec')
  const visit = (here: Spec, path: readonly number[]): Spec => {
    const node = nodeAt(here, path)
    const children = node.children.map((child, i) => visit(child, [...path, i]))
    return change({ ...node, children })
  }
  return visit(spec, [])
}

/**
 * The layers of a network in order, without the combinators around them. What `repeat` repeats is named once, with how
 * often it occurs.
 *
 * @param network a layer with its spec, or a spec
 * @throws NtkError `spec` for a form that is no spec, or one nested more than 200 deep
 */
export function layersOf(network: Spec | { readonly spec: Spec }): SpecLayer[] {
  const layers: SpecLayer[] = []
  const visit = (here: Spec, path: readonly number[], times: number): void => {
    const node = nodeAt(here, path)
    if (node.children.length === 0) layers.push({ ...node, times })
    const inside =
      node.name === 'repeat' && typeof node.options.n === 'number' ? times * node.options.n : times
    node.children.forEach((child, i) => {
      visit(child, [...path, i], inside)
    })
  }
  visit(typeof network === 'object' && network !== null && 'spec' in network ? network.spec : network, [], 1)
  return layers
}

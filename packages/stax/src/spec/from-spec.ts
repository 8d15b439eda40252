import { NtkError } from '@ntk/tensor'
import { suggestion } from '@ntk/tensor/options'
import type { AnyLayer, Layer } from '../layer.js'
import { readLayerOptions } from './options.js'
import { layerTypes } from './registry.js'
import { partsOf, type Spec } from './spec.js'

/** Names of all layers and combinators that a spec may use. */
export function layerNames(): string[] {
  return layerTypes.map((type) => type.name)
}

/**
 * The network that a spec names: `["Name", { options }, child, ...]`, as `net.spec` gives it or a config file holds it.
 * Throws NtkError 'spec' on unknown names and options (with the nearest known one), missing or wrong options, and forms
 * that are no spec; the message says where.
 */
export function fromSpec(spec: Spec): Layer {
  const layer = build(spec, 'the top')
  if (layer.inputs === 'one' && layer.outputs === 'one') return layer as Layer
  throw new NtkError('spec', {
    what: 'A network takes one value and gives one.',
    got: `${layer.spec[0]}, which ${layer.inputs === 'one' ? 'gives' : 'takes'} several`,
    fix: 'Put FanOut before and FanInSum behind, inside a serial, or take treeFromSpec for networks of several inputs and outputs.',
  })
}

/** The same of any network: one that takes a list of inputs, or a tree, or gives one. */
export function treeFromSpec(spec: Spec): AnyLayer {
  return build(spec, 'the top')
}

function build(spec: unknown, path: string): AnyLayer {
  const { name, options, children } = partsOf(spec, path)
  const type = layerTypes.find((t) => t.name === name)
  if (type === undefined) {
    throw new NtkError('spec', {
      what: `No layer is called "${name}", at ${path}.`,
      fix: suggestion(name, layerNames()),
    })
  }
  readLayerOptions(`${name}, at ${path},`, type.rules, options)
  const takes = { none: 'no children', one: 'one child', any: 'children' }[type.children]
  if (
    (type.children === 'none' && children.length > 0) ||
    (type.children === 'one' && children.length !== 1)
  ) {
    throw new NtkError('spec', { what: `${name}, at ${path}, takes ${takes}.`, got: String(children.length) })
  }
  const inside = path === 'the top' ? name : `${path} > ${name}`
  return type.build(
    options,
    children.map((child, i) => build(child, `${inside}[${i}]`)),
  )
}

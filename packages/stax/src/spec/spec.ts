import { NtkError } from '@ntk/tensor'
import { show } from '@ntk/tensor/options'

/** What options may hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

export type SpecOptions = { readonly [name: string]: Json }

/** A network as JSON: `["Name", { options }, child, child, ...]`; options and children may be left out. */
export type Spec = readonly [name: string, ...rest: (SpecOptions | Spec)[]]

/** A spec taken apart. */
export interface SpecParts {
  readonly name: string
  readonly options: SpecOptions
  readonly children: readonly unknown[]
}

const isRecord = (x: unknown): x is SpecOptions => typeof x === 'object' && x !== null && !Array.isArray(x)

/** Checks the form of a spec (not its names). Throws NtkError 'spec'. */
export function partsOf(spec: unknown, path: string): SpecParts {
  const form = 'A spec is ["Name", { options }, child, ...].'
  if (!Array.isArray(spec)) {
    throw new NtkError('spec', { what: `${form.slice(0, -1)}, at ${path}.`, got: show(spec) })
  }
  const [name, ...rest] = spec as unknown[]
  if (typeof name !== 'string') {
    throw new NtkError('spec', {
      what: `A spec begins with the name of a layer, at ${path}.`,
      got: show(name),
    })
  }
  const options = isRecord(rest[0]) ? rest[0] : {}
  const children = isRecord(rest[0]) ? rest.slice(1) : rest
  const wrong = children.find((child) => !Array.isArray(child))
  if (wrong !== undefined) {
    throw new NtkError('spec', {
      what: `${form.slice(0, -1)}: children of ${name}, at ${path}, are lists.`,
      got: show(wrong),
    })
  }
  return { name, options, children }
}

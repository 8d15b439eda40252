import { NtkError } from '@ntk/tensor'
import { suggestion } from '@ntk/tensor/options'
import type { AnyActivation } from './activation.js'
import * as activations from './all.js'

const byName: Readonly<Record<string, AnyActivation>> = activations

/** The record of an activation. Throws NtkError 'spec' on an unknown name. */
export function activationOf(name: string): AnyActivation {
  const record = Object.hasOwn(byName, name) ? byName[name] : undefined
  if (record !== undefined) return record
  throw new NtkError('spec', {
    what: `No activation is called "${name}".`,
    fix: suggestion(name, Object.keys(byName)),
  })
}

import { NtkError, type Shape } from '@ntk/tensor'
import { optional, type Rule, requireText, rule, suggestion } from '@ntk/tensor/options'
import { layoutAtEnd, layoutsOf } from '../steps/chain.js'
import { namesIn } from '../steps/names.js'
import { stepsOf } from '../steps/net.js'
import type { SpatialLayout } from '../steps/rule.js'
import type { KernelNet, KernelStep } from '../steps/step.js'

/** What `at` takes: the name of a layer, a list of names, or nothing for the end of the network. */
export type At = string | readonly string[] | undefined

/** One result at one layer or at the end, a record by name at a list. */
export type ResultAt<A extends At, T> = A extends readonly string[] ? { readonly [N in A[number]]: T } : T

const isName = (v: unknown): boolean => typeof v === 'string' && v !== ''

export const atRule = (): Rule<At> =>
  optional(
    rule<string | readonly string[]>('the name of a layer, or a list of names, each once', (v) =>
      Array.isArray(v) ? v.length > 0 && v.every(isName) && new Set(v).size === v.length : isName(v),
    ),
  )

/** The names in `at`; null where the end of the network is asked for. */
export const askedNames = (at: At): readonly string[] | null =>
  at === undefined ? null : typeof at === 'string' ? [at] : at

/**
 * The names of a network's layers, in the order in which its kernel passes their ends: what `at` of `kernelFn` and `kernelOf` takes. With
 * a name, those of the copies of that layer in repeats, `block.1` to `block.n`, or the name itself.
 */
export function namesOf(net: KernelNet, name?: string | undefined): readonly string[] {
  const all = namesIn(stepsOf(net))
  if (name === undefined) return all
  requireText(name, 'name of namesOf')
  const own = all.filter((other) => other === name || other.startsWith(`${name}.`))
  if (own.length === 0) requireNames('namesOf', stepsOf(net), [name])
  return own
}

/** The first steps of a network, up to the last name in them, and the layout of what comes out of them. */
export interface UntilNames {
  readonly steps: readonly KernelStep[]
  readonly after: SpatialLayout
}

/** Steps up to the last one that is an asked name, or has one inside. Kernels are what they are in the whole network: positions too. */
export function untilNames(steps: readonly KernelStep[], asked: readonly string[]): UntilNames {
  const taken = steps.findLastIndex((step) => namesIn([step]).some((name) => asked.includes(name))) + 1
  return { steps: steps.slice(0, taken), after: layoutsOf(steps, layoutAtEnd(steps))[taken] as SpatialLayout }
}

/** Throws NtkError 'option' unless each of the names that are asked for is that of one layer. */
export function requireNames(who: string, steps: readonly KernelStep[], asked: readonly string[]): void {
  const known = namesIn(steps)
  for (const name of asked) {
    const times = known.filter((other) => other === name).length
    if (times === 1) continue
    throw new NtkError('option', {
      what: `${who} takes as \`at\` names of layers, each of one layer.`,
      got: times === 0 ? `"${name}", which no layer has` : `"${name}", which ${times} layers have`,
      fix: times === 0 ? (known.length === 0 ? unnamed : wayTo(name, known)) : sameNames,
    })
  }
}

const unnamed = "Name layers: named('block', layer)."
const sameNames = 'Give each its own; inside of repeat(named(name, layer), n) copies are numbered.'

function wayTo(name: string, known: readonly string[]): string {
  const copies = known.filter((other) => other.startsWith(`${name}.`))
  if (copies.length === 0) return suggestion(name, [...new Set(known)])
  return `It is repeated: take ${copies.length === 1 ? '' : `"${copies[0]}" to `}"${copies.at(-1)}", or namesOf(net, '${name}').`
}

/** Throws NtkError 'requirement' where kernels of several layers have different samples, which one walk over pairs cannot give. */
export function requireSameSamples(places: readonly (string | null)[], shapes: readonly Shape[]): void {
  const [first = []] = shapes
  const other = shapes.findIndex(([n1, n2]) => n1 !== first[0] || n2 !== first[1])
  if (other < 0) return
  throw new NtkError('requirement', {
    what: 'Kernels of several layers of one call need the same samples.',
    got: `${first[0]} and ${first[1]} samples at "${places[0]}", ${shapes[other]?.[0]} and ${shapes[other]?.[1]} at "${places[other]}"`,
    fix: 'Ask for them one by one, or take kernelOf.',
  })
}

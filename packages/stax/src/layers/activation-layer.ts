import type { Activation, AnyActivation, Defaulted } from '@ntk/kernels-analytic'
import type { Value } from '@ntk/tensor'
import { isRecord, type Rule, type Rules } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { maskable, sameMask } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { type LayerRules, readLayerOptions, specOptions } from '../spec/options.js'

type Optional<R extends Rules> = { [K in keyof R]: R[K] extends Defaulted<unknown> ? K : never }[keyof R]
type Held<T> = T extends Rule<infer V> ? V : never

/** The options of an activation's layer, as people give them: those with a default may be left out. */
export type ActivationOptions<R extends Rules> = {
  readonly [K in Exclude<keyof R, Optional<R>>]: Held<R[K]>
} & { readonly [K in Optional<R>]?: Held<R[K]> }

/**
 * The function that makes an activation's layer, as its record says: `Relu()`, `Erf({ b: 2 })`, `LeakyRelu({ alpha: 0.1 })`,
 * and `Monomial(3)` where the record names an option that may stand alone.
 */
export type ActivationLayer<T> =
  T extends Activation<infer R, infer A>
    ? [A] extends [never]
      ? Exclude<keyof R, Optional<R>> extends never
        ? (options?: ActivationOptions<R>) => Layer
        : (options: ActivationOptions<R>) => Layer
      : WithArgument<R, A>
    : never

interface WithArgument<R extends Rules, A extends string> {
  (argument: Held<R[A]>, options?: Omit<ActivationOptions<R>, A>): Layer
  (options: ActivationOptions<R>): Layer
}

/** The layer of an activation: without parameters, shapes stay. Options are refused with NtkError 'spec'. */
function layerOf(record: AnyActivation, given: object | undefined, positional: object): Layer {
  const { name } = record
  const rules = rulesOf(record)
  const checked = readLayerOptions(name, rules, given, positional)
  return maskable(sameMask, {
    spec: specOf(name, specOptions(rules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => ({ outputShape: inputShape, params: null }),
    apply: <V extends Value>(_params: unknown, x: V): V => record.apply(x, checked),
    kernel: [{ kind: 'activation', name, options: checked }],
  })
}

/** Options of activations are JSON, as those of every layer. */
function rulesOf(record: AnyActivation): LayerRules {
  return record.options as LayerRules
}

/**
 * The layer function of a record.
 * @public src/generated/activations.ts calls it
 */
export function activationLayer<T extends AnyActivation>(record: T): ActivationLayer<T> {
  const { argument } = record
  const make = (first?: unknown, options?: object): Layer => {
    const alone = argument !== undefined && first !== undefined && !isRecord(first)
    return alone
      ? layerOf(record, options, { [argument]: first })
      : layerOf(record, first as object | undefined, {})
  }
  return make as ActivationLayer<T>
}

/** The record's entry in the spec language. */
export function activationType(record: AnyActivation): LayerType {
  return {
    name: record.name,
    rules: rulesOf(record),
    children: 'none',
    build: (options) => layerOf(record, options, {}),
  }
}

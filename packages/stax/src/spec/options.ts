import type { FloatDType, Value } from '@ntk/tensor'
import {
  aFloatDType,
  aKey,
  checkOptions,
  optional,
  type Rule,
  type RulesFor,
  readOptions,
  rule,
} from '@ntk/tensor/options'
import type { ApplyOptions, InitOptions } from '../layer.js'
import type { Json, SpecOptions } from './spec.js'

const isPositive = (v: unknown): boolean => typeof v === 'number' && Number.isFinite(v) && v > 0
const isSizes = (v: unknown): boolean =>
  Array.isArray(v) && v.length > 0 && v.every((d) => Number.isSafeInteger(d) && d > 0)

/** The width scalings of the standard parameterization, of inputs and outputs. */
export const scalePair = (byDefault: readonly [number, number]): Rule<readonly [number, number]> =>
  rule(
    'a pair of positive numbers',
    (v) => Array.isArray(v) && v.length === 2 && v.every(isPositive),
    byDefault,
  )

/** Windows and strides, one number a spatial axis. */
export const sizes = (): Rule<readonly number[]> => ({
  ...rule<readonly number[]>('a list of positive integers, one a spatial axis', isSizes),
  hint: hintOfSizes,
})

const hintOfSizes = (v: unknown): string | undefined =>
  isSizes([v])
    ? `Write [${String(v)}] for one spatial axis, [${String(v)}, ${String(v)}] for two.`
    : undefined

/** As `sizes`, or null: 1 everywhere. */
export const sizesOrNull = (): Rule<readonly number[] | null> => ({
  ...rule<readonly number[] | null>(
    'a list of positive integers, one a spatial axis, or null',
    (v) => v === null || isSizes(v),
    null,
  ),
  hint: hintOfSizes,
})

/** A number in (0, 1]. */
export const probability = (): Rule<number> =>
  rule('a number in (0, 1]', (v) => isPositive(v) && (v as number) <= 1)

const initRules = { dtype: aFloatDType('float64') } satisfies RulesFor<InitOptions>

/** The options of `init`. */
export function readInit(options: InitOptions | undefined): { readonly dtype: FloatDType } {
  return readOptions('init', initRules, options)
}

const maskedRules = {
  key: optional(aKey()),
  pattern: rule<Value | null>(
    'a tensor or null',
    (v) => v === null || (typeof v === 'object' && 'shape' in v && 'dtype' in v),
    null,
  ),
} satisfies RulesFor<Omit<ApplyOptions, 'maskConstant'>>

const applyRules = {
  ...maskedRules,
  maskConstant: optional(rule('a number, which may be NaN,', (v) => typeof v === 'number')),
} satisfies RulesFor<ApplyOptions>

/** The options of `apply`. */
export function readApply(options: ApplyOptions): ApplyOptions {
  return readOptions('apply', applyRules, options)
}

/** The options of `applyMasked`: the masks are there, so that there is nothing to find them by. */
export function readApplyMasked(options: Omit<ApplyOptions, 'maskConstant'>): ApplyOptions {
  return readOptions('applyMasked', maskedRules, options)
}

/** Rules of a layer's options, which are JSON: its spec holds them. */
export type LayerRules = Readonly<Record<string, Rule<Json>>>

export type LayerOptionsOf<R extends LayerRules> = {
  readonly [K in keyof R]: R[K] extends Rule<infer T extends Json> ? T : never
}

/**
 * The options of a layer, checked and completed. `positional` are those that its function takes as arguments of their own.
 * Throws NtkError 'spec' naming the layer and the option.
 */
export function readLayerOptions<R extends LayerRules>(
  layer: string,
  rules: R,
  options: object | undefined,
  positional: object = {},
): LayerOptionsOf<R> {
  const byName = Object.fromEntries(
    Object.entries(rules).filter(([name]) => !Object.hasOwn(positional, name)),
  )
  checkOptions(layer, byName, options, 'spec')
  return readOptions(layer, rules, { ...options, ...positional }, 'spec') as LayerOptionsOf<R>
}

/** The options that differ from their defaults, as a spec names them. */
export function specOptions(rules: LayerRules, options: Readonly<Record<string, Json>>): SpecOptions {
  const differs = ([name, value]: [string, Json]): boolean =>
    JSON.stringify(value) !== JSON.stringify(rules[name]?.default)
  return Object.fromEntries(Object.entries(options).filter(differs))
}

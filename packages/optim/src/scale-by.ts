/** Links for `chain` that divide each gradient by a measure of its size so far. What optax calls them stands in their names. */
import { type Tree, treeMap } from '@ntk/autodiff'
import {
  add,
  div,
  fullLike,
  greater,
  maximum,
  mul,
  sqrt,
  square,
  sub,
  type Tensor,
  where,
  zerosLike,
} from '@ntk/tensor'
import {
  boolean,
  nonNegative,
  number,
  positive,
  type Rule,
  readOptions,
  requireParts,
} from '@ntk/tensor/options'
import { count, readCount } from './count.js'
import { linearCombination } from './linear-combination.js'
import type { Optimizer } from './optimizer.js'

export interface AdamOptions {
  /** Of the mean of gradients, in [0, 1); 0.9 unless given. */
  readonly b1?: number | undefined
  /** Of the mean of their squares, in [0, 1); 0.999 unless given. */
  readonly b2?: number | undefined
  /** Added to the root, 1e-8 unless given. */
  readonly eps?: number | undefined
  /** Added under the root, 0 unless given. */
  readonly epsRoot?: number | undefined
  /** Look ahead by one mean of gradients (Dozat 2016). */
  readonly nesterov?: boolean | undefined
}

/** Rules of options that all have a default. */
type FilledRules<O> = { readonly [K in keyof O]-?: Rule<NonNullable<O[K]>> }

const share = (byDefault: number): Rule<number> =>
  number('a number in [0, 1)', (v) => v >= 0 && v < 1, byDefault)

export const adamRules: FilledRules<AdamOptions> = {
  b1: share(0.9),
  b2: share(0.999),
  eps: positive(1e-8),
  epsRoot: nonNegative(0),
  nesterov: boolean(false),
}

/** An exponential mean: decay · mean + (1 − decay) · now. */
const towards = (decay: number, mean: Tensor, now: Tensor): Tensor =>
  linearCombination([decay, 1 - decay], [mean, now])

const zeros = (params: Tree): Tree => treeMap((p: Tensor) => zerosLike(p), params)

/**
 * μ' = b1 μ + (1 − b1) g, ν' = b2 ν + (1 − b2) g², t' = t + 1; the update is μ̂ / (√(ν̂ + epsRoot) + eps) with
 * μ̂ = μ' / (1 − b1^t') and ν̂ = ν' / (1 − b2^t') (Kingma and Ba 2015, Algorithm 1). With `nesterov`,
 * μ̂ = b1 μ' / (1 − b1^(t'+1)) + (1 − b1) g / (1 − b1^t'). The state is { count, mu, nu }.
 */
export function scaleByAdam(options?: AdamOptions): Optimizer {
  const { b1, b2, eps, epsRoot, nesterov } = readOptions('scaleByAdam', adamRules, options)
  return {
    name: `scaleByAdam(b1 ${b1}, b2 ${b2}, eps ${eps}${epsRoot === 0 ? '' : `, epsRoot ${epsRoot}`}${nesterov ? ', nesterov' : ''})`,
    elementwise: true,
    init: (params) => ({ count: count(0), mu: zeros(params), nu: zeros(params) }),
    update<P extends Tree>(grads: P, state: Tree) {
      const before = partsOf<'count' | 'mu' | 'nu'>(state, 'scaleByAdam', ['count', 'mu', 'nu'])
      const t = readCount(before.count, 'scaleByAdam') + 1
      const mu = treeMap((m: Tensor, g: Tensor) => towards(b1, m, g), before.mu as P, grads)
      const nu = treeMap((v: Tensor, g: Tensor) => towards(b2, v, square(g)), before.nu as P, grads)
      const unbiased = 1 / (1 - b1 ** t)
      const direction = nesterov
        ? treeMap(
            (m: Tensor, g: Tensor) =>
              linearCombination([b1 / (1 - b1 ** (t + 1)), (1 - b1) * unbiased], [m, g]),
            mu,
            grads,
          )
        : treeMap((m: Tensor) => mul(m, unbiased), mu)
      const updates = treeMap(
        (d: Tensor, v: Tensor) => {
          const squared = mul(v, 1 / (1 - b2 ** t))
          return div(d, add(sqrt(epsRoot === 0 ? squared : add(squared, epsRoot)), eps))
        },
        direction,
        nu,
      )
      return { updates, state: { count: count(t), mu, nu } }
    },
  }
}

export interface ScaleByRmsOptions {
  /** Of the mean of squares, in [0, 1); 0.9 unless given. */
  readonly decay?: number | undefined
  /** Added under the root, or to it; 1e-8 unless given. */
  readonly eps?: number | undefined
  /** Where the mean of squares starts, 0 unless given. */
  readonly initialScale?: number | undefined
  /** Whether `eps` stands under the root (true unless given, as in optax) or is added to it (as in PyTorch). */
  readonly epsInSqrt?: boolean | undefined
  /** Less the square of the mean: divide by the standard deviation. */
  readonly centered?: boolean | undefined
}

export const rmsRules: FilledRules<ScaleByRmsOptions> = {
  decay: share(0.9),
  eps: positive(1e-8),
  initialScale: nonNegative(0),
  epsInSqrt: boolean(true),
  centered: boolean(false),
}

/**
 * ν' = decay ν + (1 − decay) g²; the update is g / √(ν' + eps) (Hinton 2012). With `centered` it is g / √(ν' − μ'² + eps),
 * μ' = decay μ + (1 − decay) g (Graves 2013). The state is { mu, nu }, mu null unless centered.
 */
export function scaleByRms(options?: ScaleByRmsOptions): Optimizer {
  const { decay, eps, initialScale, epsInSqrt, centered } = readOptions('scaleByRms', rmsRules, options)
  const root = (spread: Tensor): Tensor => (epsInSqrt ? sqrt(add(spread, eps)) : add(sqrt(spread), eps))
  return {
    name: `scaleByRms(decay ${decay}, eps ${eps}${centered ? ', centered' : ''})`,
    elementwise: true,
    init: (params) => ({
      mu: centered ? zeros(params) : null,
      nu: treeMap((p: Tensor) => fullLike(p, initialScale), params),
    }),
    update<P extends Tree>(grads: P, state: Tree) {
      const before = partsOf<'mu' | 'nu'>(state, 'scaleByRms', ['mu', 'nu'])
      const nu = treeMap((v: Tensor, g: Tensor) => towards(decay, v, square(g)), before.nu as P, grads)
      if (!centered) {
        return {
          updates: treeMap((g: Tensor, v: Tensor) => div(g, root(v)), grads, nu),
          state: { mu: null, nu },
        }
      }
      const mu = treeMap((m: Tensor, g: Tensor) => towards(decay, m, g), before.mu as P, grads)
      // Rounding can leave a variance of equal gradients below zero.
      const updates = treeMap(
        (g: Tensor, v: Tensor, m: Tensor) => div(g, root(maximum(sub(v, square(m)), 0))),
        grads,
        nu,
        mu,
      )
      return { updates, state: { mu, nu } }
    },
  }
}

export interface ScaleByRssOptions {
  /** Where the sum of squares starts, 0.1 unless given. */
  readonly initialAccumulatorValue?: number | undefined
  /** Added under the root, 1e-7 unless given. */
  readonly eps?: number | undefined
}

export const rssRules: FilledRules<ScaleByRssOptions> = {
  initialAccumulatorValue: nonNegative(0.1),
  eps: positive(1e-7),
}

/** s' = s + g²; the update is g / √(s' + eps), and 0 where s' is 0 (Duchi et al. 2011). The state is the tree of s. */
export function scaleByRss(options?: ScaleByRssOptions): Optimizer {
  const { initialAccumulatorValue, eps } = readOptions('scaleByRss', rssRules, options)
  return {
    name: `scaleByRss(from ${initialAccumulatorValue}, eps ${eps})`,
    elementwise: true,
    init: (params) => treeMap((p: Tensor) => fullLike(p, initialAccumulatorValue), params),
    update<P extends Tree>(grads: P, state: Tree) {
      const sums = treeMap((s: Tensor, g: Tensor) => add(s, square(g)), state as P, grads)
      const updates = treeMap(
        (g: Tensor, s: Tensor) => where(greater(s, 0), div(g, sqrt(add(s, eps))), 0),
        grads,
        sums,
      )
      return { updates, state: sums }
    },
  }
}

/** The parts of a state that is a record. Throws NtkError 'value' where it is another optimizer's. */
function partsOf<K extends string>(
  state: Tree,
  owner: string,
  parts: readonly K[],
): Readonly<Record<K, Tree>> {
  requireParts(state, `The state of ${owner}`, parts, 'its init')
  return state as Readonly<Record<K, Tree>>
}

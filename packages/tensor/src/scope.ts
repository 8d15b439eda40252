import { currentDepth } from './levels.js'
import { optional, rule } from './options/kinds.js'
import { readOptions } from './options/read.js'
import { requireFunction } from './options/require.js'
import type { RulesFor } from './options/rule.js'
import { currentOwner, type Owned, Owner, resumedIn, withOwner } from './scopes.js'
import { Tensor } from './tensor.js'

/** What an asynchronous function gets from its scope. */
export interface Scope {
  /**
   * Waits for a promise: `await s.wait(promise)` goes on with the scope owning what is made. After a plain `await` it does not,
   * since others may run in between; what is made then is left to the garbage collector.
   */
  wait<T>(promise: PromiseLike<T>): Promise<T>
}

export interface ScopeOptions {
  /**
   * Tensors from before (in lists and records to any depth) that the scope takes over: freed at its end like those made in it,
   * unless they are returned, or the body throws. For the state that a step replaces.
   */
  readonly takes?: unknown
}

const rules = { takes: optional(rule<unknown>('tensors', () => true)) } satisfies RulesFor<ScopeOptions>

/** All tensors in lists, records, maps and sets, to any depth. Functions are not looked into. */
function tensorsIn(tree: unknown, found: Set<Owned> = new Set(), seen: Set<object> = new Set()): Set<Owned> {
  if (typeof tree !== 'object' || tree === null || seen.has(tree) || ArrayBuffer.isView(tree)) return found
  seen.add(tree)
  if (Tensor.isInstance(tree)) {
    found.add(tree)
    return found
  }
  const items =
    tree instanceof Map
      ? [...tree.keys(), ...tree.values()]
      : tree instanceof Set
        ? tree
        : Object.values(tree)
  for (const item of items) tensorsIn(item, found, seen)
  return found
}

function isPromise(x: unknown): x is PromiseLike<unknown> {
  return typeof x === 'object' && x !== null && 'then' in x && typeof x.then === 'function'
}

/**
 * Runs `body`, and frees what was made in it and is not returned, also where it throws. Tensors in the result survive, in
 * lists, records, maps and sets to any depth, and belong to the scope around this one, if any; tensors from before are not
 * touched. A function in the result is not looked into: what it needs must be returned beside it, or be made in `unscoped`.
 *
 * An asynchronous `body` awaits through its argument: `await s.wait(x.data())`. On backends whose memory is collected (the CPU)
 * nothing needs to be freed, and nothing is. Inside a function that is being differentiated or vectorized a scope frees
 * nothing: what is made there may be a constant of the derivative, and goes with the scope around it all.
 *
 * A tensor that is used after its scope throws NtkError 'freed'.
 */
export function scope<R>(body: (s: Scope) => R, options?: ScopeOptions): R {
  requireFunction(body, 'The body of scope')
  const takes = options === undefined ? undefined : readOptions('scope', rules, options).takes
  const outer = currentOwner()
  if (currentDepth() > 0) return body({ wait: async (promise) => promise })
  const owner = new Owner(outer)
  const end = (result: unknown): void => {
    for (const x of tensorsIn(takes)) if (Tensor.isInstance(x) && !x.backend.collected) owner.own(x)
    owner.end(() => tensorsIn(result))
  }
  const fail = (): void => owner.end(() => new Set())
  let result: R
  try {
    result = withOwner(owner, () =>
      body({ wait: (promise) => resumedIn(owner, isPromise(promise) ? promise : Promise.resolve(promise)) }),
    )
  } catch (error) {
    fail()
    throw error
  }
  if (!isPromise(result)) {
    end(result)
    return result
  }
  return result.then(
    (value) => {
      end(value)
      return value
    },
    (error: unknown) => {
      fail()
      throw error
    },
  ) as R
}

/** A scope that no function bounds: see `openScope`. */
export interface OpenScope {
  /** Runs `body`, and owns what it makes. */
  within<R>(body: () => R): R
  /** Frees all that was made within. */
  close(): void
}

/**
 * A scope that lasts until it is closed, for what is kept beyond one tile or step and let go at a later one. Where it is
 * forgotten, what it owns is left to the garbage collector.
 */
export function openScope(): OpenScope {
  const owner = new Owner(null)
  return {
    within(body) {
      requireFunction(body, 'The body of within')
      return currentDepth() > 0 ? body() : withOwner(owner.ended ? null : owner, body)
    },
    close: () => owner.end(() => new Set()),
  }
}

/**
 * Runs `body` outside of all scopes: what it makes lives until nobody holds it, or `dispose`. For what is kept beyond a step: caches,
 * and what a function that is returned needs.
 */
export function unscoped<R>(body: () => R): R {
  requireFunction(body, 'The body of unscoped')
  return withOwner(null, body)
}

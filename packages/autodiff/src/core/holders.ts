import { currentDepth, Tensor, type Value } from '@ntk/tensor'

/**
 * Frees what dies on the way through a program: counts how often its environment holds each tensor. What came from outside, is
 * a constant or may be kept by somebody is never freed; nor is anything while an outer transformation may write it down.
 */
export class Holders {
  /** False on memory that is collected, where nothing needs to be freed. */
  readonly active: boolean
  readonly #count = new Map<Value, number>()
  readonly #kept = new Set<Value>()

  constructor(given: readonly (Value | null)[]) {
    this.active = given.some((x) => x?.backend?.collected === false)
  }

  /** The tensor is somebody else's as well. */
  keep(x: Value | null): void {
    if (this.active && x !== null) this.#kept.add(x)
  }

  hold(x: Value | null): void {
    if (this.active && x !== null) this.#count.set(x, (this.#count.get(x) ?? 0) + 1)
  }

  release(x: Value | null): void {
    if (!this.active || x === null) return
    const count = (this.#count.get(x) ?? 0) - 1
    if (count > 0) this.#count.set(x, count)
    else {
      this.#count.delete(x)
      this.drop(x)
    }
  }

  /** Frees it unless it is held. */
  drop(x: Value | null): void {
    if (!this.active || !Tensor.isInstance(x)) return
    if (this.#count.has(x) || this.#kept.has(x) || currentDepth() > 0) return
    x.dispose()
  }
}

/** The scope that owns what is made now. Apart from `scope`, so that tensors can ask for it. */

/** What a scope can own. */
export interface Owned {
  /** Whether it has no memory any more. */
  readonly disposed: boolean
  dispose(): void
}

/** The tensors that belong to one run of a `scope`. */
export class Owner {
  #owned: Set<Owned> | null = null
  #crowd = 1024
  #ended = false

  constructor(readonly outer: Owner | null) {}

  get ended(): boolean {
    return this.#ended
  }

  own(x: Owned): void {
    this.#owned ??= new Set()
    this.#owned.add(x)
    if (this.#owned.size >= this.#crowd) this.#forgetDisposed(this.#owned)
  }

  /** Frees what it owns; what `kept` names goes to the next scope around this one that has not ended. */
  end(kept: () => ReadonlySet<Owned>): void {
    this.#ended = true
    if (this.#owned === null) return
    let heir = this.outer
    while (heir?.ended === true) heir = heir.outer
    const spared = kept()
    for (const x of this.#owned) {
      if (spared.has(x)) heir?.own(x)
      else x.dispose()
    }
    this.#owned = null
  }

  /** A long scope around many short ones inherits their results, most of which are soon gone. */
  #forgetDisposed(owned: Set<Owned>): void {
    for (const x of owned) if (x.disposed) owned.delete(x)
    this.#crowd = Math.max(1024, 2 * owned.size)
  }
}

let current: Owner | null = null

/** The scope that owns what is made now; null where there is none. */
export function currentOwner(): Owner | null {
  return current
}

/** Runs `body` with `owner` owning what it makes, and gives the former owner back however `body` ends. */
export function withOwner<T>(owner: Owner | null, body: () => T): T {
  const former = current
  current = owner
  try {
    return body()
  } finally {
    current = former
  }
}

/**
 * The same promise, from which `await` goes on with `owner` owning what is made, until the next `await`. Settling queues the turn
 * after `await` between two microtasks of ours: they run in this order, and nothing comes between them.
 */
export function resumedIn<T>(owner: Owner, promise: PromiseLike<T>): Promise<T> {
  const enter = (): void => {
    if (!owner.ended) current = owner
  }
  const leave = (): void => {
    if (current === owner) current = null
  }
  return new Promise((resolve, reject) => {
    const settling =
      <A>(settle: (value: A) => void) =>
      (value: A): void => {
        queueMicrotask(enter)
        settle(value)
        queueMicrotask(leave)
      }
    promise.then(settling(resolve), settling(reject))
  })
}

import { NtkError } from './errors.js'
import { show } from './options/show.js'

/**
 * Inputs that are given away with a call, by their places. What is given away is used up: the caller must not read it, nor
 * anything that shares its memory, whatever comes back. Only a buffer that the callee takes may be written to; without a
 * donation all inputs are read only.
 */
export class Donation {
  readonly #given: ReadonlySet<number>
  readonly #taken = new Set<number>()

  constructor(places: readonly number[]) {
    if (!Array.isArray(places)) {
      throw new NtkError('value', { what: 'A Donation needs a list of places.', got: show(places) })
    }
    this.#given = new Set(places)
  }

  /** The places that were given away. */
  get places(): readonly number[] {
    return [...this.#given]
  }

  /** Whether input `place` was given away and nobody has taken it. */
  offers(place: number): boolean {
    return this.#given.has(place) && !this.#taken.has(place)
  }

  /**
   * For backends: takes the buffer of input `place`, if it was given away. True: the buffer is the backend's, which writes an
   * output there and returns it for that output. False: it must not be written to.
   */
  take(place: number): boolean {
    if (!this.offers(place)) return false
    this.#taken.add(place)
    return true
  }

  /** Whether the backend took input `place`, and so wrote an output over it. */
  taken(place: number): boolean {
    return this.#taken.has(place)
  }
}

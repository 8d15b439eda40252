import { layout } from '../dual/steps.js'
import type { Engine } from '../engine.js'

/** Tables and numbers that a job needs in WebAssembly's memory: laid out first, written when it is known how much there is. */
export interface Arena {
  /** Room for float64, from a byte address on that is a multiple of 64. */
  room(elements: number): number
  floats(values: Float64Array): number
  /** The same table twice is written once. */
  integers(values: Int32Array): number
  /** What `make` gave the first time that it was asked for by this key. */
  once(key: object, make: () => number): number
  /** Makes room and writes everything. */
  settle(): void
}

export function newArena(e: Engine): Arena {
  const allot = layout(e.base)
  const made = new Map<object, number>()
  const writes: (() => void)[] = []
  const integers = new Map<Int32Array, number>()
  return {
    room: allot,
    floats: (values) => {
      const at = allot(values.length)
      writes.push(() => e.f64().set(values, at / 8))
      return at
    },
    integers: (values) => {
      const known = integers.get(values)
      if (known !== undefined) return known
      const at = allot(Math.ceil(values.length / 2) + 1)
      integers.set(values, at)
      writes.push(() => e.i32().set(values, at / 4))
      return at
    },
    once: (key, make) => {
      const at = made.get(key) ?? make()
      made.set(key, at)
      return at
    },
    settle: () => {
      e.reserve(allot(0) - e.base)
      for (const write of writes) write()
    },
  }
}

/** Numbers in [0, 1) that follow a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of a list. */
export function oneOf<T>(list: readonly T[], next: () => number): T {
  return list[Math.floor(next() * list.length)] as T
}

import { key, permutation, type Tensor, tensorFromData } from '@ntk/tensor'

/**
 * Positions of so many of n samples in ascending order, drawn at random and always the same; of all where there are fewer. Not every so
 * many-th: where classes take turns, as in balanced sets, those would be of one class alone.
 */
export function drawnRows(n: number, samples: number): Tensor {
  const count = Math.min(n, samples)
  const rows = count === n ? Int32Array.from({ length: n }, (_, i) => i) : firstOf(n, count)
  return tensorFromData(rows, [count])
}

function firstOf(n: number, count: number): Int32Array {
  return Int32Array.from(permutation(key(0), n).dataSync().subarray(0, count)).sort()
}

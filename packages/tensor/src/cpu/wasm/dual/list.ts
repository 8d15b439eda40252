import type { SeriesParams } from '../../../composites/contracts.js'
import { engine } from '../engine.js'
import type { FloatArray } from '../types.js'
import { rangesOf } from './range.js'
import { linesSize } from './series.js'
import { allotSteps, even, layout, tableSize, writeSteps, writeVariances } from './steps.js'

/** Pairs that are brought over at a time. */
const BLOCK = 1 << 15

/**
 * The dual by series of pairs in any order, in place: pair i has the covariance nngp[i] and the variances q11[first[i]] and
 * q22[second[i]]; ntk (or null) holds Θ. The numbers of a pair are those that `dualStack` gives it.
 */
export function dualSeriesList(
  params: SeriesParams,
  nngp: FloatArray,
  q11: FloatArray,
  first: Int32Array,
  q22: FloatArray,
  second: Int32Array,
  ntk: FloatArray | null,
): void {
  const count = nngp.length
  if (count === 0) return
  const e = engine()
  const steps = [{ kind: 'series', ...params }] as const
  const allot = layout(e.base)
  const [n1, n2] = [even(q11.length), even(q22.length)]
  const [v1, v2] = [allot(tableSize(1, n1)), allot(tableSize(1, n2))]
  const places = allotSteps(
    allot,
    steps,
    rangesOf(steps, q11, q22),
    { at: v1, stride: n1 },
    { at: v2, stride: n2 },
  )
  const [place] = places.places
  if (place === undefined) return
  const { table, terms, lines: of } = place
  const size = Math.min(BLOCK, Math.ceil(count / 8) * 8)
  const [k, theta] = [allot(size), allot(size)]
  const [index1, index2] = [allot(size / 2), allot(size / 2)]
  const scratch = allot(2 * linesSize(8, terms))
  e.reserve(allot(0) - e.base)
  writeSteps(e, steps, places)
  writeVariances(e, places.at, steps, q11, v1, n1)
  writeVariances(e, places.at, steps, q22, v2, n2)
  const [floats, integers] = [e.f64(), e.i32()]
  for (let from = 0; from < count; from += size) {
    const to = Math.min(count, from + size)
    const n = Math.ceil((to - from) / 8) * 8
    const bring = (source: FloatArray | Int32Array, into: Float64Array | Int32Array, at: number): void => {
      into.set(source.subarray(from, to), at)
      into.fill(0, at + to - from, at + n)
    }
    bring(nngp, floats, k / 8)
    if (ntk !== null) bring(ntk, floats, theta / 8)
    bring(first, integers, index1 / 4)
    bring(second, integers, index2 / 4)
    const own = ntk === null ? 0 : theta
    const { counts, lines } = terms
    e.call.seriesList(table, k, own, n, of[0], index1, of[1], index2, counts, lines, scratch)
    nngp.set(floats.subarray(k / 8, k / 8 + to - from), from)
    ntk?.set(floats.subarray(theta / 8, theta / 8 + to - from), from)
  }
}

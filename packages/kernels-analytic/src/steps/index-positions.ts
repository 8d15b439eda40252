import { NtkError, type Shape, showShape } from '@ntk/tensor'
import { show } from '@ntk/tensor/options'

/** Of one axis, as Python indexes: an integer (the axis goes), [stop], [start, stop], [start, stop, step], null for absent, or '...': as many whole axes as are left. */
export type IndexEntry = number | readonly (number | null)[] | '...'

/** Which elements of an axis are left, and whether the axis is. */
export interface Indexed {
  readonly at: readonly number[]
  readonly gone: boolean
}

/** One entry an axis: '...' and what is missing at the end are whole axes. Throws NtkError 'shape' where there are more entries than axes. */
export function entriesOf(idx: readonly IndexEntry[], rank: number): readonly Exclude<IndexEntry, '...'>[] {
  // Unlike `forEach`, this visits holes of a sparse list.
  for (const entry of idx) requireEntry(entry)
  const given = idx.filter((entry) => entry !== '...')
  if (idx.length - given.length > 1) {
    throw new NtkError('value', { what: 'An index holds "..." at most once.', got: show(idx) })
  }
  if (given.length > rank) {
    throw new NtkError('shape', {
      what: `Index takes at most one entry an axis, ${rank} here.`,
      got: `${given.length} entries`,
    })
  }
  const dots = idx.indexOf('...')
  const at = dots === -1 ? given.length : dots
  const whole = Array.from({ length: rank - given.length }, () => [null] as const)
  return [...given.slice(0, at), ...whole, ...given.slice(at)]
}

const isInteger = (v: unknown): boolean => Number.isSafeInteger(v)

/** Throws NtkError 'value' unless something is an entry of an index. */
function requireEntry(entry: unknown): void {
  const isSlice =
    Array.isArray(entry) &&
    entry.length <= 3 &&
    [...entry].every((n) => n === null || isInteger(n)) &&
    entry[2] !== 0
  if (entry === '...' || isInteger(entry) || isSlice) return
  throw new NtkError('value', {
    what: 'An entry of an index is an integer, a slice [stop], [start, stop] or [start, stop, step] with null for absent, or "...".',
    got: show(entry),
    fix: entry === null ? 'All of an axis is [null].' : undefined,
  })
}

/** Whether an entry leaves its axis as it is, whatever its size. */
export function isWhole(entry: Exclude<IndexEntry, '...'>): boolean {
  if (typeof entry === 'number') return false
  const { start, stop, step } = ends(entry)
  return (start ?? 0) === 0 && stop === null && (step ?? 1) === 1
}

/** As Python's slice(stop), slice(start, stop) and slice(start, stop, step). */
function ends(entry: readonly (number | null)[]): {
  start: number | null
  stop: number | null
  step: number | null
} {
  const [a = null, b = null, c = null] = entry
  return entry.length <= 1 ? { start: null, stop: a, step: null } : { start: a, stop: b, step: c }
}

/** What an entry leaves of an axis. Throws NtkError 'index' on an integer beyond it. */
export function indexed(entry: Exclude<IndexEntry, '...'>, size: number, shape: Shape): Indexed {
  if (typeof entry === 'number') {
    const at = entry < 0 ? entry + size : entry
    if (at >= 0 && at < size) return { at: [at], gone: true }
    throw new NtkError('index', {
      what: `Index finds no element ${entry} on an axis of ${size}.`,
      got: `a shape ${showShape(shape)}`,
    })
  }
  const { start, stop, step: given } = ends(entry)
  const step = given ?? 1
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
  const end = (v: number): number => Math.min(high, Math.max(low, v < 0 ? v + size : v))
  const from = start === null ? (step > 0 ? low : high) : end(start)
  const to = stop === null ? (step > 0 ? high : low) : end(stop)
  const count = Math.max(0, Math.ceil((to - from) / step))
  return { at: Array.from({ length: count }, (_, i) => from + i * step), gone: false }
}

import type { AxisWindow } from '../../../composites/contracts.js'
import type { Shape } from '../../../shape.js'
import type { Instruction } from './instructions.js'

/**
 * One axis of one window as sums of groups: for every group that comes out, of how many of those before it is the sum, and of which.
 * Tables are made once and known again by identity.
 */
export interface GroupSum {
  readonly groups: number
  readonly table: Int32Array
}

const sumOf = (terms: readonly (readonly number[])[]): GroupSum => ({
  groups: terms.length,
  table: Int32Array.from(terms.flatMap((t) => [t.length, ...t])),
})

/** Sizes of space behind each step. */
export function sizesAfter(steps: readonly Instruction[], space: Shape): Shape[] {
  const all: Shape[] = [space]
  const slots = new Map<number, Shape>()
  for (const step of steps) {
    const last = all.at(-1) as Shape
    if (step.kind === 'save') slots.set(step.slot, last)
    const loaded = step.kind === 'load' ? slots.get(step.slot) : undefined
    all.push(step.kind === 'window' ? last.map((d, i) => step.axes[i]?.[0]?.length ?? d) : (loaded ?? last))
  }
  return all
}

const product = (sizes: Shape): number => sizes.reduce((a, d) => a * d, 1)

/** The window along one axis of positions as sums of positions, in row-major order. */
export function sumsOfPositions(sizes: Shape, axis: number, window: AxisWindow): GroupSum {
  const inner = product(sizes.slice(axis + 1))
  const outer = product(sizes.slice(0, axis))
  const size = sizes[axis] as number
  const out = window[0]?.length ?? 0
  const terms: number[][] = []
  for (let a = 0; a < outer; a++) {
    for (let o = 0; o < out; o++) {
      const seen = window.map((tap) => tap[o] as number).filter((at) => at >= 0)
      for (let b = 0; b < inner; b++) terms.push(seen.map((at) => (a * size + at) * inner + b))
    }
  }
  return sumOf(terms)
}

/** Pairs of places along the leading axes, as numbers first · count + second. */
export type Pairs = readonly number[]

/** A part of the pairs of leading places that goes through all steps without the others. */
export interface PairClass {
  /** The pairs before each step, the last list those at the end. */
  readonly pairs: readonly Pairs[]
  /** Sums of pairs for each step and leading axis; none of activations. */
  readonly sums: readonly (readonly GroupSum[])[]
  /** Of each transfer which pairs of its place are taken; null: all of them, as they are, or none any more. */
  readonly taken: readonly (Int32Array | null)[]
  /** Whether the class holds the pairs (p', p) of its pairs (p, p'), or another class does. */
  readonly isOwnMirror: boolean
  /** The index of that class. */
  readonly mirror: number
}

/** Whether a window along an axis wraps around: then differences count modulo the size. */
const wraps = (window: AxisWindow): boolean =>
  window.some((tap) => {
    const seen = tap.filter((at) => at >= 0)
    return seen.some((at, i) => i > 0 && at < (seen[i - 1] as number))
  })

/**
 * The pairs of places along the leading axes (all but the last), divided by their difference: what a window makes of pairs of one
 * difference is made of pairs of one difference (Novak et al. 2019, appendix: covariances of a convolution).
 */
export function pairClasses(steps: readonly Instruction[], space: Shape): PairClass[] {
  const sizes = sizesAfter(steps, space).map((s) => s.slice(0, -1))
  const last = sizes.at(-1) as Shape
  const circular = last.map((_, axis) =>
    steps.some((step) => step.kind === 'window' && wraps(step.axes[axis] ?? [])),
  )
  const count = product(last)
  const keys = new Map<string, number[]>()
  const keyOf = (p: number, q: number): string => {
    const [a, b] = [placeOf(p, last), placeOf(q, last)]
    return a
      .map((x, i) => {
        const d = x - (b[i] as number)
        const size = last[i] as number
        return circular[i] ? ((d % size) + size) % size : d
      })
      .join(',')
  }
  for (let p = 0; p < count; p++) {
    for (let q = 0; q < count; q++) {
      const key = keyOf(p, q)
      const list = keys.get(key)
      if (list === undefined) keys.set(key, [p * count + q])
      else list.push(p * count + q)
    }
  }
  const names = [...keys.keys()]
  return names.map((name, i): PairClass => {
    const [first = 0] = keys.get(name) as number[]
    const mirror = names.indexOf(keyOf(first % count, Math.floor(first / count)))
    return { ...backwards(steps, sizes, keys.get(name) as number[]), isOwnMirror: mirror === i, mirror }
  })
}

function placeOf(p: number, sizes: Shape): number[] {
  const out: number[] = []
  let rest = p
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    out.unshift(rest % (sizes[axis] as number))
    rest = Math.floor(rest / (sizes[axis] as number))
  }
  return out
}

const indexOf = (place: readonly number[], sizes: Shape): number =>
  place.reduce((at, x, i) => at * (sizes[i] as number) + x, 0)

/** From the pairs at the end, those that each step needs before it. */
function backwards(
  steps: readonly Instruction[],
  sizes: readonly Shape[],
  end: Pairs,
): Pick<PairClass, 'pairs' | 'sums' | 'taken'> {
  const pairs: Pairs[] = [end]
  const sums: GroupSum[][] = []
  const taken = new Array<Int32Array | null>(steps.length).fill(null)
  // Who takes pairs out of a place, until they are saved there.
  const takers = new Map<number, { readonly step: number; readonly wanted: Pairs }[]>()
  const known = new Map<Pairs, Map<string, Sources>>()
  for (let s = steps.length - 1; s >= 0; s--) {
    const step = steps[s] as Instruction
    const own: GroupSum[] = []
    let after = pairs[0] as Pairs
    if (step.kind === 'load' || step.kind === 'add') {
      takers.set(step.slot, [...(takers.get(step.slot) ?? []), { step: s, wanted: after }])
    } else if (step.kind === 'save') {
      const all = [...(takers.get(step.slot) ?? [])]
      // What is loaded next takes the place of what is here.
      if (steps[s + 1]?.kind !== 'load') all.push({ step: s, wanted: after })
      takers.delete(step.slot)
      after = unionOf(all.map(({ wanted }) => wanted))
      for (const { step: at, wanted } of all) taken[at] = placesIn(after, wanted)
    }
    let shape = sizes[s + 1] as Shape
    if (step.kind === 'window') {
      const leading = step.axes.slice(0, -1)
      // Evaluated from the first axis to the last, so looked at from the last to the first.
      for (let axis = leading.length - 1; axis >= 0; axis--) {
        const before = shape.with(axis, (sizes[s] as Shape)[axis] as number)
        const window = leading[axis] as AxisWindow
        const key = `${axis} ${shape} ${before} ${JSON.stringify(window)}`
        const found = known.get(after)?.get(key) ?? sourcesOf(after, shape, before, axis, window)
        known.set(after, (known.get(after) ?? new Map()).set(key, found))
        own.unshift(found.sum)
        after = found.list
        shape = before
      }
    }
    sums.unshift(own)
    pairs.unshift(after)
  }
  return { pairs, sums, taken }
}

const isSame = (a: Pairs, b: Pairs): boolean =>
  a === b || (a.length === b.length && a.every((x, i) => x === b[i]))

function unionOf(lists: readonly Pairs[]): Pairs {
  const [first = []] = lists
  if (lists.every((list) => isSame(list, first))) return first
  return [...new Set(lists.flat())].sort((x, y) => x - y)
}

/** Where those that are wanted stand in a list; null where they are the list. */
function placesIn(list: Pairs, wanted: Pairs): Int32Array | null {
  if (isSame(list, wanted)) return null
  const at = new Map(list.map((pair, i) => [pair, i]))
  return Int32Array.from(wanted, (pair) => at.get(pair) as number)
}

/** What a window needs along one axis: the pairs before it, and how those after it are their sums. */
interface Sources {
  readonly list: Pairs
  readonly sum: GroupSum
}

function sourcesOf(after: Pairs, sizes: Shape, before: Shape, axis: number, window: AxisWindow): Sources {
  const [countAfter, countBefore] = [product(sizes), product(before)]
  const wanted = after.map((pair) => {
    const a = placeOf(Math.floor(pair / countAfter), sizes)
    const b = placeOf(pair % countAfter, sizes)
    return window.flatMap((tap) => {
      const [x, y] = [tap[a[axis] as number] as number, tap[b[axis] as number] as number]
      if (x < 0 || y < 0) return []
      return [indexOf(a.with(axis, x), before) * countBefore + indexOf(b.with(axis, y), before)]
    })
  })
  const list = [...new Set(wanted.flat())].sort((x, y) => x - y)
  const at = new Map(list.map((pair, i) => [pair, i]))
  const same = isSame(list, after)
  return {
    list: same ? after : list,
    sum: sumOf(wanted.map((pairs) => pairs.map((pair) => at.get(pair) as number))),
  }
}

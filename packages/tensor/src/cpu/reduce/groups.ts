import type { Shape } from '../../shape.js'

/** One reduction over the middle axis of [outer, n, inner]. */
export interface Group {
  readonly outer: number
  readonly n: number
  readonly inner: number
}

/**
 * A reduction over any axes as a chain of reductions over one axis each: neighbours are merged, axes of size 1 go, and
 * the last group comes first, so that the first and largest step reads memory in order.
 */
export function groupsOf(shape: Shape, axes: Shape): Group[] {
  const parts: { size: number; reduced: boolean }[] = []
  shape.forEach((size, i) => {
    if (size === 1) return
    const reduced = axes.includes(i)
    const last = parts.at(-1)
    if (last !== undefined && last.reduced === reduced) last.size *= size
    else parts.push({ size, reduced })
  })
  const groups: Group[] = []
  let inner = 1
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i] as { size: number; reduced: boolean }
    if (part.reduced)
      groups.push({ outer: parts.slice(0, i).reduce((s, p) => s * p.size, 1), n: part.size, inner })
    else inner *= part.size
  }
  return groups
}

/**
 * Edits (insert, delete, replace, swap neighbours) that lead from one word to the other, upper and lower case
 * alike: the optimal string alignment distance.
 */
export function editDistance(from: string, to: string): number {
  const a = from.toLowerCase()
  const b = to.toLowerCase()
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, (before[j - 2] ?? 0) + 1)
      row.push(best)
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}

/** The known name that was probably meant, or undefined where none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let distance = Math.max(1, Math.floor(Math.max(name.length, 3) * 0.45)) + 1
  for (const candidate of known) {
    const here = editDistance(name, candidate)
    if (here < distance) [best, distance] = [candidate, here]
  }
  if (best !== undefined) return best
  // A word that is the beginning of one name only was meant to be that name.
  const begun = known.filter((candidate) => candidate.toLowerCase().startsWith(name.toLowerCase()))
  return name.length >= 2 && begun.length === 1 ? begun[0] : undefined
}

/** "Did you mean X? " where a name is near, and all the names where there are few. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  if (near !== undefined) return `Did you mean ${near}?`
  return known.length === 0 ? 'Leave it out.' : `Known: ${[...known].sort().join(', ')}.`
}

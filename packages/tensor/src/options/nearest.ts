import { pythonNames } from './python-names.js'

/** Insertions, deletions, substitutions and exchanges of neighbours that turn one word into the other, ignoring case. */
export function editDistance(from: string, to: string): number {
  const a = from.toLowerCase()
  const b = to.toLowerCase()
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let edits = Math.min(
        (above[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (above[j - 1] as number) + change,
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (before[j - 2] as number) + 1)
      }
      row.push(edits)
    }
    before = above
    above = row
  }
  return above[b.length] as number
}

/** Python's spelling as ours: `learning_rate` to `learningRate`, `W_std` to `wStd`; dashes likewise. */
export function camelCase(word: string): string {
  const [first = '', ...rest] = word.split(/[_-]+/).filter((part) => part !== '')
  const upper = (part: string): string => part.charAt(0).toUpperCase() + part.slice(1)
  return first.charAt(0).toLowerCase() + first.slice(1) + rest.map(upper).join('')
}

/**
 * The known word nearest to a given one: its successor where neural-tangents or JAX has another word for it, the same word
 * in another spelling, or one that few typing errors turn into it. Undefined where none is near.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const successors = Object.hasOwn(pythonNames, word) ? (pythonNames[word] ?? []) : []
  const successor = successors.find((name) => known.includes(name))
  if (successor !== undefined) return successor
  const ours = camelCase(word)
  const ranked = known
    .map((name) => ({ name, distance: Math.min(editDistance(word, name), editDistance(ours, name)) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= Math.max(2, Math.floor(word.length / 3))
    ? best.name
    : undefined
}

/** A sentence that helps someone who wrote an unknown word. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  if (near !== undefined) return `Did you mean "${near}"?`
  return known.length === 0 ? 'It takes none.' : `Known are ${known.join(', ')}.`
}

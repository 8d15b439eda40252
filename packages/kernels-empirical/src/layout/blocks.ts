/** Rows [start, stop) of one side. */
export interface Span {
  readonly start: number
  readonly stop: number
}

/** Spans of at most `size` rows, as equal as can be. */
export function spans(n: number, size: number): Span[] {
  const count = Math.max(1, Math.ceil(n / Math.max(1, size)))
  return Array.from({ length: count }, (_, i) => ({
    start: Math.floor((i * n) / count),
    stop: Math.floor(((i + 1) * n) / count),
  }))
}

/** Blocks of pairs row by row; of a symmetric matrix those on and above the diagonal. */
export function blockPairs(
  rows: readonly Span[],
  columns: readonly Span[] | null,
): (readonly [number, number])[] {
  return rows.flatMap((_, i) =>
    (columns ?? rows).flatMap((_, j) => (columns === null && j < i ? [] : [[i, j] as const])),
  )
}

import type { AxisWindow } from '../../../composites/contracts.js'

/** The columns that a tap sees, where that is a shift by as many places everywhere: zeros beyond the border are at hand. */
export function shiftOf(tap: readonly number[], size: number): number | null {
  const first = tap.findIndex((at) => at >= 0)
  if (first === -1) return 0
  const shift = (tap[first] as number) - first
  const even = tap.every((at, o) => (at >= 0 ? at === o + shift : o + shift < 0 || o + shift >= size))
  return even ? shift : null
}

/** The most places by which rows are shifted: as many zeros stand beside them. */
export function reach(windows: readonly (AxisWindow | null)[], sizes: readonly number[]): number {
  return Math.max(
    0,
    ...windows.flatMap((window, s) =>
      (window ?? []).map((tap) => Math.abs(shiftOf(tap, sizes[s] as number) ?? 0)),
    ),
  )
}

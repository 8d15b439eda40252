/**
 * Draws a polyline of round pen strokes into a square image, antialiased: the coverage of a pixel falls linearly
 * from 1 to 0 over one pixel at the edge of the pen. `points` and `radius` are in pixels, pixel centres at integers
 * plus one half. Where strokes meet the larger coverage counts.
 */
export function drawPolyline(
  image: Float64Array,
  size: number,
  points: ArrayLike<number>,
  radius: number,
): void {
  const reach = radius + 0.5
  for (let p = 0; p + 3 < points.length; p += 2) {
    const x0 = points[p] as number
    const y0 = points[p + 1] as number
    const dx = (points[p + 2] as number) - x0
    const dy = (points[p + 3] as number) - y0
    const inverse = 1 / Math.max(dx * dx + dy * dy, 1e-12)
    const left = clampToPixel(Math.min(x0, x0 + dx) - reach, size)
    const right = clampToPixel(Math.max(x0, x0 + dx) + reach, size)
    const top = clampToPixel(Math.min(y0, y0 + dy) - reach, size)
    const bottom = clampToPixel(Math.max(y0, y0 + dy) + reach, size)
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const px = column + 0.5 - x0
        const py = row + 0.5 - y0
        const t = Math.min(1, Math.max(0, (px * dx + py * dy) * inverse))
        const ex = px - t * dx
        const ey = py - t * dy
        const coverage = Math.min(1, reach - Math.sqrt(ex * ex + ey * ey))
        const at = row * size + column
        if (coverage > (image[at] as number)) image[at] = coverage
      }
    }
  }
}

function clampToPixel(v: number, size: number): number {
  return Math.min(size - 1, Math.max(0, Math.floor(v)))
}

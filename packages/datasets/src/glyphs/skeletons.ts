/** A polyline in the box [-1, 1] x [-1, 1], y downwards: x0, y0, x1, y1, ... */
export type Stroke = readonly number[]

const line = (...points: readonly number[]): Stroke => points

/** An arc of an ellipse, from angle `a0` to `a1` in degrees (0 to the right, 90 down). */
function arc(cx: number, cy: number, rx: number, ry: number, a0: number, a1: number): Stroke {
  const steps = Math.max(2, Math.ceil(Math.abs(a1 - a0) / 20))
  return Array.from({ length: steps + 1 }, (_, i) => {
    const a = ((a0 + ((a1 - a0) * i) / steps) * Math.PI) / 180
    return [cx + rx * Math.cos(a), cy + ry * Math.sin(a)]
  }).flat()
}

export interface Skeleton {
  readonly name: string
  readonly strokes: readonly Stroke[]
}

/** The ten classes: stylised digits of lines and arcs. */
export const skeletons: readonly Skeleton[] = [
  { name: '0', strokes: [arc(0, 0, 0.55, 0.9, 0, 360)] },
  { name: '1', strokes: [line(-0.3, -0.55, 0.05, -0.9, 0.05, 0.9)] },
  { name: '2', strokes: [[...arc(0, -0.42, 0.52, 0.48, 190, 385), -0.55, 0.9, 0.58, 0.9]] },
  {
    name: '3',
    strokes: [[...arc(-0.05, -0.45, 0.5, 0.45, 210, 450), ...arc(-0.05, 0.42, 0.56, 0.48, 270, 510)]],
  },
  { name: '4', strokes: [line(0.25, 0.9, 0.25, -0.9, -0.6, 0.3, 0.62, 0.3)] },
  { name: '5', strokes: [[0.52, -0.9, -0.4, -0.9, -0.45, -0.1, ...arc(-0.02, 0.33, 0.56, 0.55, 230, 505)]] },
  { name: '6', strokes: [[...arc(0.35, 0.25, 0.85, 1.15, 270, 180), ...arc(0, 0.4, 0.5, 0.48, 180, 540)]] },
  { name: '7', strokes: [line(-0.55, -0.9, 0.55, -0.9, -0.12, 0.9), line(-0.25, 0, 0.45, 0)] },
  { name: '8', strokes: [arc(0, -0.46, 0.42, 0.42, 0, 360), arc(0, 0.42, 0.52, 0.48, 0, 360)] },
  { name: '9', strokes: [arc(0, -0.4, 0.48, 0.48, 0, 360), line(0.48, -0.4, 0.42, 0.2, 0.1, 0.9)] },
]

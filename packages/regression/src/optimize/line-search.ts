/** A function along a line, at one place. */
export interface Along {
  readonly step: number
  readonly value: number
  readonly slope: number
}

/** Sufficient decrease, and how much flatter than the start it must be (Nocedal and Wright 2006, section 3.1, for quasi-Newton methods). */
const [decrease, flatness] = [1e-4, 0.9]

const isFinite = ({ value, slope }: Along): boolean => Number.isFinite(value) && Number.isFinite(slope)

/**
 * A step along a line of descent that fulfils the strong Wolfe conditions: value ≤ start + c₁ step slope and |slope| ≤ c₂ |slope at the
 * start| (Nocedal and Wright 2006, algorithms 3.5 and 3.6). Steps end at `most`, which is taken where the function still falls there. Places
 * where the function is NaN or infinite count as too far. Gives the best place that it saw with sufficient decrease; null where it saw none.
 */
export async function strongWolfe<P extends Along>(
  at: (step: number) => Promise<P>,
  start: Along,
  first: number,
  most: number,
): Promise<P | null> {
  const enough = (e: Along): boolean => e.value <= start.value + decrease * e.step * start.slope
  const flat = (e: Along): boolean => Math.abs(e.slope) <= -flatness * start.slope
  let best: P | null = null
  let low: Along = start
  let limit = most
  let step = Math.min(first, most)
  for (let i = 0; i < tries; i++) {
    const e = await at(step)
    if (!isFinite(e)) {
      limit = low.step + (step - low.step) * 0.9
      step = low.step + (step - low.step) * 0.2
      if (!(step > low.step)) return best
      continue
    }
    if (!enough(e) || (best !== null && e.value >= best.value)) return zoom(low, e)
    best = e
    if (flat(e)) return e
    if (e.slope >= 0) return zoom(e, low)
    if (step >= limit) return e
    low = e
    step = Math.min(2.5 * step, limit)
  }
  return best

  /** Between `lo`, the best place so far, from which the function falls towards `hi`, and `hi`. */
  async function zoom(lo: Along, hi: Along): Promise<P | null> {
    let [near, far] = [lo, hi]
    for (let i = 0; i < tries; i++) {
      const step = between(near, far)
      if (step === near.step || step === far.step) return best
      const e = await at(step)
      if (!isFinite(e) || !enough(e) || e.value >= near.value) {
        far = e
        continue
      }
      best = e
      if (flat(e)) return e
      if (e.slope * (far.step - near.step) >= 0) far = near
      near = e
    }
    return best
  }
}

const tries = 30

/** Where the cubic through two values and slopes is least; the middle where that is near an end, or there is no such cubic. */
function between(a: Along, b: Along): number {
  const width = b.step - a.step
  const middle = a.step + width / 2
  if (!isFinite(a) || !isFinite(b)) return a.step + width / 4
  const d1 = a.slope + b.slope - (3 * (b.value - a.value)) / width
  const root = Math.sqrt(d1 * d1 - a.slope * b.slope)
  const d2 = width < 0 ? -root : root
  const share = 1 - (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2)
  return share > 0.1 && share < 0.9 ? a.step + share * width : middle
}

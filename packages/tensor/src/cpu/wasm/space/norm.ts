import type { SpaceStep } from '../../../composites/contracts.js'
import type { Shape } from '../../../shape.js'

/**
 * Variances [positions, capacity] before a norm: what it divides each by, s = √(ε + their mean over some axes), of the same shape, and
 * what becomes of them. As pairs, divided by the product.
 */
export function normalized(
  before: Float64Array,
  { axes, epsilon }: Extract<SpaceStep, { readonly kind: 'norm' }>,
  space: Shape,
  capacity: number,
): { readonly scale: Float64Array; readonly variances: Float64Array } {
  const total = axes.reduce((x, axis) => meanOver(x, axis, space, capacity), before)
  const scale = total.map((v) => Math.sqrt(epsilon === 0 ? (v === 0 ? 1 : v) : v + epsilon))
  return { scale, variances: before.map((v, i) => v / ((scale[i] as number) * (scale[i] as number))) }
}

/** The mean along one axis, at every place of it. */
function meanOver(x: Float64Array, axis: number, space: Shape, capacity: number): Float64Array {
  const size = space[axis] as number
  const inner = space.slice(axis + 1).reduce((a, d) => a * d, capacity)
  const out = new Float64Array(x.length)
  for (let start = 0; start < x.length; start += size * inner) {
    for (let i = start; i < start + inner; i++) {
      let sum = 0
      for (let at = i; at < i + size * inner; at += inner) sum += x[at] as number
      for (let at = i; at < i + size * inner; at += inner) out[at] = sum / size
    }
  }
  return out
}

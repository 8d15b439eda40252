import type { AxisMap } from './axis-maps.js'

/** How a resized image is interpolated. */
export type ResizeMethod = 'nearest' | 'linear' | 'cubic' | 'lanczos3' | 'lanczos5'

type Kernel1D = (x: number) => number

/** sin(πx) sin(πx/r) r / (πx)², of radius r: 1 at 0. */
const lanczos =
  (radius: number): Kernel1D =>
  (x) => {
    if (x > radius) return 0
    if (x <= 1e-3) return 1
    return (radius * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / radius)) / (Math.PI * x) ** 2
  }

/** Weights of an input at a distance of x ≥ 0 pixels. */
const kernels: { readonly [M in Exclude<ResizeMethod, 'nearest'>]: Kernel1D } = {
  linear: (x) => Math.max(0, 1 - x),
  // Keys 1981, with a = −1/2.
  cubic: (x) => {
    if (x >= 2) return 0
    return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1
  },
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
}

/** Sums of weights below this are taken for 0, as jax.image.resize does: 1000 roundings of float32. */
const least = 1000 * 2 ** -23

/**
 * The map from `from` pixels of an axis to `to`, as jax.image.resize has it; null where the size stays. Pixel i covers [i, i + 1] and
 * stands at its middle. With `antialias` the kernel is stretched by the reduction, so that every input counts.
 */
export function resizeMap(
  from: number,
  to: number,
  method: ResizeMethod,
  antialias: boolean,
): AxisMap | null {
  if (from === to) return null
  const outputs = Array.from({ length: to }, (_, i) => i)
  if (method === 'nearest') {
    return { kind: 'pick', at: outputs.map((i) => Math.floor(((2 * i + 1) * from) / (2 * to))) }
  }
  const ratio = from / to
  const stretch = antialias ? Math.max(ratio, 1) : 1
  const weights = outputs.map((i) => {
    const centre = (i + 0.5) * ratio - 0.5
    const row = Array.from({ length: from }, (_, k) => kernels[method](Math.abs(centre - k) / stretch))
    const total = row.reduce((a, b) => a + b, 0)
    return Math.abs(total) > least ? row.map((w) => w / total) : row.map(() => 0)
  })
  return { kind: 'mix', weights }
}

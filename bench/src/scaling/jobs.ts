import type { Axis, Kind, Sizes } from './measure.js'

/** What is held fast while a size is varied, and the values that it takes. */
export interface Sweep {
  readonly kind: Kind
  readonly axis: Axis
  readonly fixed: Omit<Sizes, Axis> | Sizes
  readonly values: readonly number[]
  /** The power with which time must go in the end. */
  readonly power: number
  /** Where that end is: sizes from here on. */
  readonly from: number
}

export const labels: Readonly<Record<Kind, string>> = {
  dense: 'dense layers, 784 features',
  flatten: 'convolutions, Flatten',
  pool: 'convolutions, GlobalAvgPool',
}

export const axisTitles: Readonly<Record<Axis, string>> = {
  samples: 'samples n',
  depth: 'layers',
  side: 'side of the image',
}

const vectors = { samples: 1000, depth: 3, side: 1 }
const images = { samples: 64, depth: 3, side: 16 }
const pooled = { samples: 6, depth: 3, side: 16 }

/** Every sweep of the figure. Images are 16 × 16 × 3 unless their side is varied. */
export const sweeps: readonly Sweep[] = [
  {
    kind: 'dense',
    axis: 'samples',
    fixed: vectors,
    values: [125, 250, 500, 1000, 2000, 4000],
    power: 2,
    from: 1000,
  },
  { kind: 'flatten', axis: 'samples', fixed: images, values: [8, 16, 32, 64, 128, 256], power: 2, from: 64 },
  { kind: 'pool', axis: 'samples', fixed: pooled, values: [1, 2, 4, 8, 16, 24], power: 2, from: 4 },
  { kind: 'dense', axis: 'depth', fixed: vectors, values: [1, 2, 4, 8, 16, 32, 64], power: 1, from: 8 },
  { kind: 'flatten', axis: 'depth', fixed: images, values: [1, 2, 4, 8, 16, 32], power: 1, from: 4 },
  { kind: 'pool', axis: 'depth', fixed: pooled, values: [1, 2, 4, 8, 16, 32], power: 1, from: 4 },
  { kind: 'flatten', axis: 'side', fixed: images, values: [4, 8, 16, 24, 32, 48], power: 2, from: 16 },
  {
    kind: 'pool',
    axis: 'side',
    fixed: { ...pooled, samples: 3 },
    values: [4, 8, 12, 16, 24, 32, 48],
    power: 4,
    from: 16,
  },
]

/** Accuracies of Samarin et al. 2020 in percent, by width factor. */
export interface Published {
  readonly factors: readonly number[]
  readonly network: { readonly test: readonly number[]; readonly train: readonly number[] }
  readonly linearized: { readonly test: readonly number[]; readonly train: readonly number[] }
  /** The linearization at learning rate 1, where it is told apart. */
  readonly faster?: { readonly test: readonly number[]; readonly train: readonly number[] }
  /** What these are of. */
  readonly images: { readonly train: number; readonly epochs: number }
}

const lenetFactors = [1, 2, 5, 10, 25, 60]

/** Figure 3. */
export const figure3: Published = {
  factors: lenetFactors,
  network: { test: [99.2, 99.3, 99.4, 99.4, 99.4, 99.4], train: [99.8, 99.9, 100, 100, 100, 100] },
  linearized: { test: [93.2, 96.3, 97.9, 98.3, 98.8, 98.9], train: [92.9, 96.5, 98.1, 98.8, 99.5, 99.9] },
  images: { train: 60_000, epochs: 100 },
}

/** Figure 4. */
export const figure4: Published = {
  factors: lenetFactors,
  network: { test: [62.5, 69.6, 76.1, 77.4, 78.9, 78.8], train: [92, 98.4, 99.8, 99.9, 100, 100] },
  linearized: { test: [42.3, 46.3, 54.2, 57.7, 62.2, 65.6], train: [42.9, 48.1, 60.5, 68, 81.2, 94.1] },
  images: { train: 50_000, epochs: 100 },
}

/** Figure 6: ten snakes of ImageNet. */
export const figure6: Published = {
  factors: [1, 2, 3, 4],
  network: { test: [53.8, 54.4, 54.2, 57], train: [99.1, 99.2, 99.2, 99.2] },
  linearized: { test: [29.2, 33.8, 34.8, 36.4], train: [37.5, 43.6, 47.5, 51.5] },
  faster: { test: [35.2, 36.4, 34.2, 39.2], train: [54.7, 69.6, 77.9, 84.9] },
  images: { train: 13_000, epochs: 100 },
}

/** Figure 1: AlexNet by loss, and what a network pre-trained on all of ImageNet gets. */
export const figure1: Readonly<
  Record<'cross-entropy' | 'mse', { readonly train: number; readonly test: number }>
> & {
  readonly pretrained: number
} = {
  'cross-entropy': { train: 98.5, test: 51.4 },
  mse: { train: 99.1, test: 53.8 },
  pretrained: 47.6,
}

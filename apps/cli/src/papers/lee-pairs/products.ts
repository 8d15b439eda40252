/** Multiplications of the wide residual network of Table S1 for an image of 32 x 32. */
export function wideResNetProducts(blocks: number, channels: number): number {
  const first = 1024 * 27 * channels
  // 3 x 3 convolutions at 32 x 32, 16 x 16 and 8 x 8; the first block of the last two groups has one more on its way around.
  const positions = 1024 * 2 * blocks + 256 * (2 * blocks + 1) + 64 * (2 * blocks + 1)
  return first + positions * 9 * channels ** 2
}

/** Multiplications of a network of hidden layers of one width. */
export const denseProducts = (features: number, depth: number, width: number): number =>
  width * (features + (depth - 1) * width)

/** Multiplications of 3 x 3 convolutions on square images. */
export const convolutionProducts = (side: number, inputs: number, depth: number, channels: number): number =>
  side ** 2 * 9 * channels * (inputs + (depth - 1) * channels)

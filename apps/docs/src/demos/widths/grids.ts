/** Units of the hidden layers. */
export const widths: readonly number[] = [8, 16, 32, 64, 128, 256, 512]
/** Training points, evenly over [−1, 1]. */
export const points = 7
export const testPoints = 61
export const grid: readonly number[] = Array.from(
  { length: testPoints },
  (_, i) => -1 + (2 * i) / (testPoints - 1),
)

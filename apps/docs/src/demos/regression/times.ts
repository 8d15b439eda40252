/** Times in steps of learning rate 1 on the total loss ½ Σ (f − y)²; the last is the end of training. */
export const times: readonly number[] = [
  0,
  ...Array.from({ length: 21 }, (_, i) => 10 ** (-2 + i / 4)),
  Infinity,
]

/** Where outputs are predicted. */
export const gridSize = 121
export const grid: readonly number[] = Array.from(
  { length: gridSize },
  (_, i) => -1 + (2 * i) / (gridSize - 1),
)

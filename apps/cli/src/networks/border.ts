import { pad, type Tensor } from '@ntk/tensor'
import type { Progress } from '../progress/progress.js'

/** Images [n, height, width, channels] that are smaller than a network takes, with a border of zeros; others as they are. */
export function withBorder(
  input: Tensor,
  { title, smallestImage }: { readonly title: string; readonly smallestImage: number },
  progress: Progress,
): Tensor {
  const missing = input.shape.slice(1, 3).map((size) => Math.max(0, smallestImage - size))
  if (input.rank !== 4 || missing.every((size) => size === 0)) return input
  const borders = missing.map((size): [number, number] => [Math.floor(size / 2), Math.ceil(size / 2)])
  progress.note(`images get a border of zeros: ${title} takes ${smallestImage} × ${smallestImage} at least`)
  return pad(input, [[0, 0], ...borders, [0, 0]])
}

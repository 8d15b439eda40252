import { NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { show } from '@ntk/tensor/options'

/** What is known of images before they become numbers. */
export interface LabelsOfImages {
  /** [n], int32, indices into `classes`. */
  readonly labels: Tensor
  readonly classes: readonly string[]
}

/** Which images of a set are wanted, in which order: their positions. */
export type PickImages = (all: LabelsOfImages) => ArrayLike<number>

/** The same of each part of a set. */
export type PickOfParts = (all: LabelsOfImages & { readonly part: 'train' | 'test' }) => ArrayLike<number>

/** The positions that are wanted; all unless picked. Throws NtkError 'index' on what is no position. */
export function pickedRows(
  labels: Int32Array,
  { name, classes, pick }: { name: string; classes: readonly string[]; pick: PickImages | undefined },
): ArrayLike<number> {
  const n = labels.length
  if (pick === undefined) return labels.map((_, i) => i)
  const rows: unknown = pick({ labels: tensorFromData(labels.slice(), [n]), classes })
  if (typeof rows !== 'object' || rows === null || !('length' in rows)) {
    throw new NtkError('value', { what: 'pick must give a list of positions.', got: show(rows) })
  }
  return Array.from(rows as ArrayLike<unknown>, (i) => {
    if (typeof i === 'number' && Number.isInteger(i) && i >= 0 && i < n) return i
    throw new NtkError('index', {
      what: `${name} has images 0 to ${n - 1}; pick must give positions.`,
      got: show(i),
    })
  })
}

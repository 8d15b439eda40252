import { NtkError, showShape, sizeOf, type Tensor, tensorFromData } from '@ntk/tensor'
import { isRecord, requireTensor, show } from '@ntk/tensor/options'

/** Labelled images. Immutable: every function of this package gives a new record. */
export interface Dataset {
  readonly name: string
  /** [n, height, width, channels], float64 in [0, 1] as loaded. */
  readonly images: Tensor
  /** [n], int32, indices into `classes`. */
  readonly labels: Tensor
  readonly classes: readonly string[]
}

/** Throws NtkError 'value' unless an argument is a dataset. */
function requireDataset(value: Dataset): void {
  if (isRecord(value) && 'images' in value && 'labels' in value && 'classes' in value) {
    requireTensor(value.images, 'images')
    requireTensor(value.labels, 'labels')
    return
  }
  throw new NtkError('value', {
    what: 'A dataset { name, images, labels, classes } is needed.',
    got: show(value),
  })
}

/**
 * The dataset, after checking it: shapes that fit, finite pixels, labels that name classes.
 * Throws NtkError 'shape', 'dtype', 'not-finite' or 'data' with the place of the first fault.
 */
export function checkDataset(dataset: Dataset): Dataset {
  requireDataset(dataset)
  const { name, images, labels, classes } = dataset
  const [n] = images.shape
  if (images.rank !== 4 || n === undefined) {
    throw new NtkError('shape', {
      what: `Images of ${name} must have the shape [n, height, width, channels].`,
      got: showShape(images.shape),
    })
  }
  if (labels.rank !== 1 || labels.shape[0] !== n) {
    throw new NtkError('data', {
      what: `${name} needs one label an image: ${n} of them.`,
      got: `labels of shape ${showShape(labels.shape)}`,
      fix: 'Check that images and labels come from the same set.',
    })
  }
  if (labels.dtype !== 'int32') {
    throw new NtkError('dtype', { what: `Labels of ${name} must be int32.`, got: labels.dtype })
  }
  const pixels = images.dataSync()
  const bad = pixels.findIndex((v) => !Number.isFinite(v))
  if (bad >= 0) {
    throw new NtkError('not-finite', {
      what: `Images of ${name} must be finite numbers.`,
      got: `${pixels[bad]} in image ${Math.floor(bad / (pixels.length / n))}`,
      fix: 'Remove or repair that image.',
    })
  }
  const wrong = labels.dataSync().findIndex((v) => v < 0 || v >= classes.length)
  if (wrong >= 0) {
    throw new NtkError('data', {
      what: `Labels of ${name} must lie in [0, ${classes.length - 1}].`,
      got: `${labels.dataSync()[wrong]} for image ${wrong}`,
    })
  }
  return dataset
}

/** The number of images. */
export function sizeOfDataset(dataset: Dataset): number {
  requireDataset(dataset)
  return dataset.images.shape[0] as number
}

/**
 * The images at `indices`, in that order; an index may come twice.
 * Throws NtkError 'index' where one lies outside of the dataset.
 */
export function takeExamples(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  const n = sizeOfDataset(dataset)
  if (typeof indices !== 'object' || indices === null || !('length' in indices)) {
    throw new NtkError('value', { what: 'takeExamples needs a list of indices.', got: show(indices) })
  }
  const { images, labels } = dataset
  const shape = images.shape.slice(1)
  const width = sizeOf(shape)
  const from = images.dataSync()
  const fromLabels = labels.dataSync()
  const pixels = new Float64Array(indices.length * width)
  const chosen = new Int32Array(indices.length)
  for (let i = 0; i < indices.length; i++) {
    const at = indices[i] as number
    if (!Number.isInteger(at) || at < 0 || at >= n) {
      throw new NtkError('index', { what: `${dataset.name} has images 0 to ${n - 1}.`, got: String(at) })
    }
    pixels.set(from.subarray(at * width, (at + 1) * width), i * width)
    chosen[i] = fromLabels[at] as number
  }
  return {
    ...dataset,
    images: tensorFromData(pixels, [indices.length, ...shape], images.backend),
    labels: tensorFromData(chosen, [indices.length], labels.backend),
  }
}

import { NtkError, type Tensor } from '@ntk/tensor'
import { requireTensor } from '@ntk/tensor/options'
import { inDouble, shapeError } from './algebra/host.js'

/** Labels of a training set. */
export interface Labels {
  /** The labels that occur, or that were announced, ascending. */
  readonly classes: readonly number[]
  /** Positions in `classes` [n]. */
  readonly indices: Int32Array
}

/**
 * Labels y [n]: integers of any dtype, such as 0 to 9 or −1 and 1. `known` lists classes that need not occur.
 * Throws NtkError 'shape', 'not-finite' naming the row, 'value' on labels that are no integers, or of one class alone.
 */
export async function readLabels(
  y: Tensor,
  n: number,
  known: readonly number[] | undefined,
  name = 'y of fit',
): Promise<Labels> {
  requireTensor(y, name)
  if (y.shape.length !== 1 || y.shape[0] !== n) {
    const fix = y.shape.length === 2 ? 'Of one-hot rows take argMax(y, { axis: 1 }).' : undefined
    throw shapeError(`${name} needs labels [${n}], one for each of the ${n} samples.`, y.shape, fix)
  }
  const labels = await y.data()
  labels.forEach((label: number, i: number) => {
    if (Number.isSafeInteger(label)) return
    throw new NtkError(Number.isFinite(label) ? 'value' : 'not-finite', {
      what: `${name} needs integers as labels.`,
      got: `${label} at [${i}]`,
      fix: Number.isFinite(label)
        ? 'Number the classes; for real numbers take kernelRegressor.'
        : 'Remove the rows without a label.',
    })
  })
  const classes = [...new Set(known ?? labels)].sort((a, b) => a - b)
  if (classes.length < 2) {
    throw new NtkError('value', {
      what: 'A classifier needs labels of two classes at least.',
      got: `the label ${classes[0]} alone`,
      fix: 'Add samples of another class, or announce the classes: classes: [0, 1].',
    })
  }
  const place = new Map(classes.map((label, index) => [label, index]))
  const indices = Int32Array.from(labels, (label: number, i: number) => {
    const index = place.get(label)
    if (index !== undefined) return index
    throw new NtkError('value', {
      what: `${name} needs labels of the classes ${classes.join(', ')}.`,
      got: `${label} at [${i}]`,
    })
  })
  return { classes, indices }
}

/** Targets of a regression on labels, centred: 1 − 1/C of the own class, −1/C of the others [n, C]. */
export function centredTargets({ classes, indices }: Labels): Tensor {
  const c = classes.length
  const out = new Float64Array(indices.length * c).fill(-1 / c)
  indices.forEach((index, i) => {
    out[i * c + index] = 1 - 1 / c
  })
  return inDouble(out, [indices.length, c])
}

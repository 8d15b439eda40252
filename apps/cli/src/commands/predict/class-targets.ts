import { oneHot } from '@ntk/datasets'
import { cast, NtkError, showShape, type Tensor } from '@ntk/tensor'
import { rowsOf } from '../../measures/rows.js'

/** By how much probabilities of a sample may miss a sum of 1: by the rounding of float32. */
const rounding = 1e-5

/**
 * Targets of cross-entropy as probabilities [n, classes] in float64: of classes as whole numbers [n], one-hot, or of probabilities.
 *
 * @throws NtkError `option` for a single class, `shape`, `index` for a label that is no class, `value` for rows that are no probabilities
 */
export function classTargets(y: Tensor, classes: number, name: string): Tensor {
  requireTwoClasses(classes)
  if (namesClassesByNumber(y)) return oneHot(y, classes)
  if (y.rank !== 2 || y.shape[1] !== classes) {
    throw new NtkError('shape', {
      what: `The loss cross-entropy (--loss) is of classes: ${name} must hold them as whole numbers (int32) [n], or one-hot or as probabilities [n, ${classes}].`,
      got: `${y.dtype} ${showShape(y.shape)}`,
      fix: 'Of targets that are numbers take --loss mean.',
    })
  }
  const probabilities = cast(y, 'float64')
  rowsOf(probabilities).forEach((row, i) => {
    const sum = row.reduce((a, v) => a + v, 0)
    if (row.every((v) => v >= 0) && Math.abs(sum - 1) <= rounding) return
    throw new NtkError('value', {
      what: `The loss cross-entropy (--loss) needs probabilities of classes in every row of ${name}: none below 0, and of sum 1.`,
      got: `[${row.join(', ')}] in sample ${i}`,
      fix: 'Give classes as whole numbers (int32) or one-hot without a shift; of targets that are numbers take --loss mean.',
    })
  })
  return probabilities
}

/** Whether targets are classes as whole numbers [n]. */
export const namesClassesByNumber = (y: Tensor): boolean => y.dtype === 'int32' && y.rank === 1

export function requireTwoClasses(classes: number): void {
  if (classes >= 2) return
  throw new NtkError('option', {
    what: 'The loss cross-entropy (--loss) needs two classes at least, with an output for each: of one class the probability is always 1.',
    got: `${classes}`,
    fix: 'Give two classes as whole numbers (int32) 0 and 1 [n], or one-hot [n, 2]; of targets that are numbers take --loss mean.',
  })
}

import { allocate, type FloatDType, NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { aFloatDType, type RulesFor, readOptions, requireInteger, requireTensor } from '@ntk/tensor/options'

export interface LabelOptions {
  /** float64 unless given. */
  readonly dtype?: FloatDType | undefined
}

const rules = { dtype: aFloatDType('float64') } satisfies RulesFor<LabelOptions>

function encode(labels: Tensor, classes: number, on: number, off: number, dtype: FloatDType): Tensor {
  requireTensor(labels, 'labels')
  if (labels.rank !== 1 || labels.dtype !== 'int32') {
    throw new NtkError('shape', { what: 'Labels must be int32 of shape [n].', got: String(labels) })
  }
  requireInteger(classes, 'The number of classes', 1)
  const n = labels.size
  const out = allocate(dtype, n * classes)
  out.fill(off)
  labels.dataSync().forEach((label, i) => {
    if (label < 0 || label >= classes) {
      throw new NtkError('index', {
        what: `Labels must lie in [0, ${classes - 1}].`,
        got: `${label} at ${i}`,
      })
    }
    out[i * classes + label] = on
  })
  return tensorFromData(out, [n, classes], labels.backend)
}

/** [n] labels to [n, k] zeros with a one at each label. */
export function oneHot(labels: Tensor, classes: number, options?: LabelOptions): Tensor {
  return encode(labels, classes, 1, 0, readOptions('oneHot', rules, options).dtype)
}

/** One-hot labels minus 1/k, as Lee et al. (2019) train on: [n, k], each row sums to zero. */
export function centredLabels(labels: Tensor, classes: number, options?: LabelOptions): Tensor {
  const { dtype } = readOptions('centredLabels', rules, options)
  requireInteger(classes, 'The number of classes', 1)
  return encode(labels, classes, 1 - 1 / classes, -1 / classes, dtype)
}

/** Labels of two classes as -1 (class 0) and 1 (class 1): [n, 1]. */
export function signLabels(labels: Tensor, options?: LabelOptions): Tensor {
  const column = encode(labels, 2, 1, -1, readOptions('signLabels', rules, options).dtype)
  const pairs = column.dataSync()
  const out = allocate(column.dtype, labels.size)
  for (let i = 0; i < out.length; i++) out[i] = pairs[2 * i + 1] as number
  return tensorFromData(out, [labels.size, 1], labels.backend)
}

import { isFloat, NtkError, type Tensor } from '@ntk/tensor'
import { boolean, integer, listOf, oneOf, optional, type RulesFor, requireTensor } from '@ntk/tensor/options'
import { onHost } from '../algebra/host.js'
import { readTargets } from '../algebra/targets.js'
import { centredTargets, type Labels, readLabels } from '../labels.js'
import { meanOf } from './estimate.js'

/** What targets are: numbers, or labels of classes. */
export type Task = 'regression' | 'classification'

export interface TaskOptions {
  /** What y is: labels where its dtype is one of integers, else numbers, unless given. */
  readonly task?: Task | undefined
  /** Of a regression: as of `kernelRegressor`, by the samples that each model is fitted to; false unless given. */
  readonly standardize?: boolean | undefined
  /** Of a classification: labels that there are; those that occur in y unless given. */
  readonly classes?: readonly number[] | undefined
}

export const taskRules: RulesFor<TaskOptions> = {
  task: optional(oneOf(['regression', 'classification'])),
  standardize: optional(boolean()),
  classes: optional(
    listOf(
      integer('an integer', () => true),
      'a list of integers',
    ),
  ),
}

/** Targets as they are fitted, and what predictions of them are judged by. */
export interface Targets {
  readonly task: Task
  /** [n, outputs] in float64; of labels the one-hot rows less 1/C. */
  readonly matrix: Tensor
  /** Shape of one sample's prediction. */
  readonly outputs: readonly number[]
  /** null of a regression. */
  readonly labels: Labels | null
}

/** Reads y of n samples. Throws NtkError 'shape', 'dtype', 'value', 'not-finite', and 'option' on an option of the other task. */
export async function readTask(
  y: Tensor,
  n: number,
  { task, standardize, classes }: TaskOptions,
  name: string,
): Promise<Targets> {
  requireTensor(y, name)
  const kind = task ?? (isFloat(y.dtype) ? 'regression' : 'classification')
  const alien = kind === 'regression' ? { classes } : { standardize: standardize === true ? true : undefined }
  for (const [option, value] of Object.entries(alien)) {
    if (value === undefined) continue
    throw new NtkError('option', {
      what: `"${option}" is no option of a ${kind}, which ${name} of dtype ${y.dtype} is taken for.`,
      fix: `Leave it out, or write task: '${kind === 'regression' ? 'classification' : 'regression'}'.`,
    })
  }
  if (kind === 'classification') {
    const labels = await readLabels(y, n, classes, name)
    return { task: kind, matrix: centredTargets(labels), outputs: [labels.classes.length], labels }
  }
  const own = await onHost(y, name)
  return { task: kind, matrix: readTargets(own, n, name), outputs: own.shape.slice(1), labels: null }
}

/** How well means [m, outputs] meet targets, sample by sample. */
export interface Judged {
  /** [m], the mean over outputs of squared errors. */
  readonly losses: Float64Array
  /** [m], whose mean is the accuracy, or R². */
  readonly scores: Float64Array
}

export function judge(mean: Tensor, { matrix, labels }: Targets): Judged {
  const [m, outputs] = matrix.shape as [number, number]
  const [found, truth] = [mean.dataSync(), matrix.dataSync()]
  const losses = new Float64Array(m)
  const right = new Float64Array(m)
  for (let i = 0; i < m; i++) {
    let [best, loss] = [0, 0]
    for (let c = 0; c < outputs; c++) {
      const f = found[i * outputs + c] as number
      loss += (f - (truth[i * outputs + c] as number)) ** 2 / outputs
      if (f > (found[i * outputs + best] as number)) best = c
    }
    losses[i] = loss
    right[i] = labels?.indices[i] === best ? 1 : 0
  }
  if (labels !== null) return { losses, scores: right }
  const spread = variance(truth, m, outputs)
  return { losses, scores: losses.map((loss) => (spread === 0 ? Number.NaN : 1 - loss / spread)) }
}

/** The mean over outputs of the variance over samples. */
function variance(y: ArrayLike<number>, m: number, outputs: number): number {
  return meanOf(
    Array.from({ length: outputs }, (_, c) => {
      const column = Float64Array.from({ length: m }, (_, i) => y[i * outputs + c] as number)
      const mean = meanOf(column)
      return meanOf(column.map((v) => (v - mean) ** 2))
    }),
  )
}

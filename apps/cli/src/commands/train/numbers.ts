import type { ResultsOf } from '../../experiment/stage.js'
import { rmse, rootMeanSquare } from '../../measures/numbers.js'
import { rowsOf } from '../../measures/rows.js'
import type { SetName } from './stages/data.js'
import type { SetCurve, TrainingOutput } from './stages/training.js'
import type { TrainStages } from './stages.js'

export type TrainResults = ResultsOf<TrainStages>

/** What a training came to. */
export interface CurveNumbers {
  readonly steps: readonly number[]
  readonly sets: { readonly [K in SetName]: SetCurve | null }
  readonly moved: Readonly<Record<string, number>>
}

/** How far the outputs of network and linearization are apart on test samples, at every evaluated step. */
export interface Distance {
  readonly steps: readonly number[]
  readonly samples: number
  /** Root mean square of the difference. */
  readonly rmse: readonly number[]
  /** Root mean square of how far outputs of the network have moved from its start. */
  readonly moved: readonly number[]
}

export interface TrainNumbers {
  readonly task: 'classes' | 'numbers'
  /** Number of classes; 0 of numbers. */
  readonly classes: number
  readonly samples: { readonly [K in SetName]: number }
  readonly learningRate: number
  readonly largestRate: number | null
  readonly lastStep: number
  readonly epochs: number
  readonly stoppedEarly: boolean
  /** The step of the best value that early stop looked at; null without it. */
  readonly bestStep: number | null
  readonly network: CurveNumbers
  readonly linearized: CurveNumbers | null
  readonly distance: Distance | null
  /** Of a table of numbers: root mean square of test errors, in the units of the table. */
  readonly testRmse: number | null
}

const curveOf = ({ values: { steps, sets, moved } }: TrainingOutput): CurveNumbers => ({ steps, sets, moved })

/** The last value of a list; NaN of an empty one. */
export const last = (list: readonly number[] | undefined): number => list?.at(-1) ?? Number.NaN

export function trainNumbers({ data, rate, network, linearized }: TrainResults): TrainNumbers {
  const { task, targets } = data.values
  const rows = (set: SetName): number => data.arrays[`x_${set}`].shape[0] ?? 0
  const { steps, sets, length, stoppedEarly } = network.values
  const lastStep = last(steps)
  return {
    task,
    classes: data.values.classes.length,
    samples: { train: rows('train'), validation: rows('validation'), test: rows('test') },
    learningRate: rate.values.learningRate,
    largestRate: rate.values.largest,
    lastStep,
    epochs: lastStep / length.perEpoch,
    stoppedEarly,
    bestStep: sets.validation === null ? null : (steps[smallest(sets.validation.loss)] ?? null),
    network: curveOf(network),
    linearized: linearized === null ? null : curveOf(linearized),
    distance: linearized === null ? null : distanceOf(network, linearized),
    // The loss is half of the mean square, of targets over their deviation.
    testRmse: targets === null ? null : targets.deviation * Math.sqrt(2 * last(sets.test?.loss)),
  }
}

function smallest(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value < (values[best] ?? Number.NaN) ? i : best), 0)
}

function distanceOf(network: TrainingOutput, linearized: TrainingOutput): Distance {
  const [own, linear] = [network, linearized].map(({ arrays }) => rowsOf(arrays.outputs)) as [
    Float64Array[],
    Float64Array[],
  ]
  const steps = network.values.steps.filter((step, i) => linearized.values.steps[i] === step)
  const [start = new Float64Array()] = own
  const pairs = steps.map((_, i) => [own[i] ?? start, linear[i] ?? start] as const)
  return {
    steps,
    samples: network.arrays.outputs.shape[1] ?? 0,
    rmse: pairs.map(([a, b]) => rmse(a, b)),
    moved: pairs.map(([a]) => rootMeanSquare(a.map((v, i) => v - (start[i] ?? 0)))),
  }
}

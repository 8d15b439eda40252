import type { ResultsOf } from '../../experiment/stage.js'
import { type CurveName, curveOrder } from '../../figures/curves.js'
import type { WidthPoint } from '../../figures/width.js'
import { type Mean, meanOf } from '../../measures/error-bar.js'
import { largest, largestRelativeDifference, largestShareOfStart, rmse } from '../../measures/numbers.js'
import { fitPowerLaw, type PowerLaw } from '../../measures/power-law.js'
import { type CurveNumbers, type CurveOutput, targetsOf, testOutputs } from './curves.js'
import type { Setup } from './setup.js'
import type { KernelValues } from './stages/kernels.js'
import type { LimitNumbers } from './stages/limit.js'
import type { DynamicsStages } from './stages.js'

export type DynamicsResults = ResultsOf<DynamicsStages>

/** How far two pairs of loss curves are apart. */
export interface Distance {
  /** Largest difference of losses as a share of the loss at the start: what the eye sees. */
  readonly ofStart: number
  /** Largest relative difference at one step; grows without bound as losses go to zero. */
  readonly relative: number
}

/** The numbers of a finished run. */
export interface DynamicsNumbers {
  readonly curves: Readonly<Record<CurveName, CurveNumbers>>
  /** How far loss curves are from those of the closed form, over both sets and all evaluated steps. */
  readonly network: Distance
  readonly linearized: Distance
  /** Of test outputs at the last step, against the closed form. */
  readonly networkRmse: number
  readonly linearizedRmse: number
  readonly learningRate: number
  readonly maxLearningRate: number
  /** Test outputs of the own class: trained network less the mean at infinite width, over the classes. */
  readonly ownOutput: Mean
  readonly infinite: KernelValues
  readonly empirical: KernelValues
  /** After training to the end, where that was asked for. */
  readonly limit: { readonly network: LimitNumbers; readonly infinite: LimitNumbers } | null
  readonly sweep: { readonly points: readonly WidthPoint[]; readonly law: PowerLaw } | null
}

/** The stages that make a curve, by the name of the curve. */
export function curvesOf(results: DynamicsResults): Readonly<Record<CurveName, CurveOutput>> {
  const { network, linearized, closedForm, infinite } = results
  return { network, linearized, closedForm, infinite }
}

export function dynamicsNumbers(results: DynamicsResults, setup: Setup): DynamicsNumbers {
  const outputs = curvesOf(results)
  const numbers = (name: CurveName): CurveNumbers => outputs[name].values.curve
  const last = (name: CurveName): ArrayLike<number> => testOutputs(outputs[name]).at(-1) ?? []
  const against = (name: CurveName): Distance => {
    const both = (distance: (x: readonly number[], y: readonly number[]) => number): number =>
      Math.max(
        ...(['train', 'test'] as const).map((split) =>
          distance(numbers(name)[split].loss, numbers('closedForm')[split].loss),
        ),
      )
    return { ofStart: both(largestShareOfStart), relative: both(largestRelativeDifference) }
  }
  const { learningRate, maxLearningRate } = results.empirical.values
  return {
    curves: {
      network: numbers('network'),
      linearized: numbers('linearized'),
      closedForm: numbers('closedForm'),
      infinite: numbers('infinite'),
    },
    network: against('network'),
    linearized: against('linearized'),
    networkRmse: rmse(last('network'), last('closedForm')),
    linearizedRmse: rmse(last('linearized'), last('closedForm')),
    learningRate,
    maxLearningRate,
    ownOutput: ownOutput(results, setup.outputs),
    infinite: results.kernels.values,
    empirical: results.empirical.values,
    limit: results.limit?.values ?? null,
    sweep: sweepOf(results),
  }
}

/** What an output has by the chance of its start is independent of the others, so that each class is one sample. */
function ownOutput({ data, network, infinite }: DynamicsResults, columns: number): Mean {
  const f = testOutputs(network).at(-1) ?? new Float64Array()
  const mean = testOutputs(infinite).at(-1) ?? new Float64Array()
  const { test } = targetsOf(data)
  const sums = Array.from({ length: columns }, () => ({ difference: 0, images: 0 }))
  for (let start = 0; start < test.length; start += columns) {
    const own = largest(test, start, columns)
    const sum = sums[own]
    if (sum === undefined) continue
    sum.difference += (f[start + own] ?? Number.NaN) - (mean[start + own] ?? 0)
    sum.images++
  }
  return meanOf(sums.filter(({ images }) => images > 0).map(({ difference, images }) => difference / images))
}

function sweepOf({ widths }: DynamicsResults): DynamicsNumbers['sweep'] {
  if (widths.length < 2) return null
  const points = widths
    .map(({ values }): WidthPoint => ({ width: values.width, rmse: values.rmse }))
    .sort((a, b) => a.width - b.width)
  return { points, law: fitPowerLaw(points.map(({ width, rmse: value }) => ({ size: width, value }))) }
}

/** What of the numbers goes into results.json: not the curves, which are in the metrics. */
export function dynamicsJson(numbers: DynamicsNumbers, setup: Setup): object {
  const { curves, empirical, infinite, ...rest } = numbers
  const last = (list: readonly number[]): number | null => list.at(-1) ?? null
  const final = curveOrder.map((name) => [
    name,
    {
      trainLoss: last(curves[name].train.loss),
      testLoss: last(curves[name].test.loss),
      trainAccuracy: last(curves[name].train.accuracy),
      testAccuracy: last(curves[name].test.accuracy),
    },
  ])
  return {
    ...rest,
    steps: setup.config.training.steps,
    final: Object.fromEntries(final),
    kernelCondition: { empirical: empirical.condition, infinite: infinite.condition },
    spec: setup.spec,
  }
}

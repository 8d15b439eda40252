import type { ResultsOf } from '../../experiment/stage.js'
import { type CurveName, curveOrder } from '../../figures/curves.js'
import { type Mean, meanOf } from '../../measures/error-bar.js'
import {
  largest,
  largestRelativeDifference,
  largestShareOfStart,
  rmse,
  rootMeanSquare,
} from '../../measures/numbers.js'
import { fitPowerLawOfSamples, type PowerLaw } from '../../measures/power-law.js'
import { rowsOf } from '../../measures/rows.js'
import { type CurveNumbers, type CurveOutput, targetsOf, testOutputs } from './curves.js'
import type { Setup } from './setup.js'
import type { KernelValues } from './stages/kernels.js'
import type { LimitNumbers } from './stages/limit.js'
import type { SweepNetwork } from './stages/widths.js'
import type { DynamicsStages } from './stages.js'

export type DynamicsResults = ResultsOf<DynamicsStages>

/** How far two pairs of loss curves are apart. */
export interface Distance {
  /** Largest difference of losses as a share of the loss at the start: what the eye sees. */
  readonly ofStart: number
  /** Largest relative difference at one step; grows without bound as losses go to zero. */
  readonly relative: number
}

/** The distances whose fall with the width is measured. */
export const sweepLaws = ['kernel', 'infinite', 'own'] as const
export type SweepLaw = (typeof sweepLaws)[number]

/** All networks of one width. */
export interface SweepPoint {
  readonly width: number
  readonly networks: readonly SweepNetwork[]
}

/** Networks of several widths, and how each distance falls. */
export interface Sweep {
  readonly points: readonly SweepPoint[]
  readonly laws: Readonly<Record<SweepLaw, PowerLaw>>
}

/** Shares of test images that are classified right after the last step. */
export interface Accuracies {
  readonly network: number
  readonly predicted: number
  /** Network less prediction, over the test images. */
  readonly difference: Mean
  /** Networks that these are means of. */
  readonly networks: number
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
  /** `networkRmse` of the size of what the closed form predicts. */
  readonly ownDistance: number
  readonly learningRate: number
  readonly maxLearningRate: number
  /** Test outputs of the own class: trained network less the mean at infinite width, over the classes. */
  readonly ownOutput: Mean
  readonly infinite: KernelValues
  readonly empirical: KernelValues
  /** After training to the end, where that was asked for. */
  readonly limit: { readonly network: LimitNumbers; readonly infinite: LimitNumbers } | null
  /** Of all networks of the main width, trained and as predicted by their own kernels. */
  readonly accuracy: Accuracies
  readonly sweep: Sweep | null
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
    ownDistance: rmse(last('network'), last('closedForm')) / rootMeanSquare(last('closedForm')),
    learningRate,
    maxLearningRate,
    ownOutput: ownOutput(results, setup.outputs),
    infinite: results.kernels.values,
    empirical: results.empirical.values,
    limit: results.limit?.values ?? null,
    accuracy: accuracies(results, setup),
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
  const points = widths.map(({ values }) => values).sort((a, b) => a.width - b.width)
  const law = (name: SweepLaw): PowerLaw =>
    fitPowerLawOfSamples(
      points.map(({ width, networks }) => ({ size: width, values: networks.map((one) => one[name]) })),
    )
  return { points, laws: { kernel: law('kernel'), infinite: law('infinite'), own: law('own') } }
}

/** Which test images a set of outputs [m, k] classifies right, 1 or 0 each. */
function rightOnes(f: ArrayLike<number>, y: ArrayLike<number>, columns: number): number[] {
  return Array.from({ length: y.length / columns }, (_, i) =>
    largest(f, i * columns, columns) === largest(y, i * columns, columns) ? 1 : 0,
  )
}

/** The networks of the main width where a sweep has them, else the main one alone. */
function accuracies(results: DynamicsResults, setup: Setup): Accuracies {
  const { test, columns } = targetsOf(results.data)
  const sweep = results.widths.find(({ values }) => values.width === setup.width)
  const pairs =
    sweep === undefined
      ? [[testOutputs(results.network).at(-1) ?? [], testOutputs(results.closedForm).at(-1) ?? []] as const]
      : rowsOf(sweep.arrays.f_test).map((f, i) => [f, rowsOf(sweep.arrays.predicted_test)[i] ?? []] as const)
  const trained = pairs.map(([f]) => rightOnes(f, test, columns))
  const predicted = pairs.map(([, f]) => rightOnes(f, test, columns))
  const share = (rights: readonly (readonly number[])[]): number[] =>
    Array.from({ length: test.length / columns }, (_, i) => mean(rights.map((one) => one[i] ?? 0)))
  const [network, prediction] = [share(trained), share(predicted)]
  const difference = meanOf(network.map((one, i) => one - (prediction[i] ?? 0)))
  return {
    network: mean(network),
    predicted: mean(prediction),
    // Where all agree, the spread is none; one network on one image could still do otherwise.
    difference: { ...difference, error: Math.max(difference.error, 1 / (network.length * pairs.length)) },
    networks: pairs.length,
  }
}

const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length

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

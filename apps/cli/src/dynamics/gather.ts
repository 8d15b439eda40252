import type { CurveName } from '../figures/curves.js'
import { fitPowerLaw, type PowerLaw, type WidthPoint } from '../figures/width.js'
import type { StageContext } from '../runs/stages.js'
import { valueOf } from './arrays.js'
import { type CurveNumbers, curveOf, testOutputs } from './curves.js'
import { largestRelativeDifference, rmse } from './numbers.js'
import type { Setup } from './setup.js'
import { widthStageName } from './stages/widths.js'

type Results = Pick<StageContext, 'result'>

/** Which stage made which curve. */
export const curveStages: Readonly<Record<CurveName, string>> = {
  network: 'network',
  linearized: 'linearized',
  closedForm: 'closed-form',
  infinite: 'infinite',
}

/** The numbers of a finished run. */
export interface Findings {
  readonly curves: Readonly<Record<CurveName, CurveNumbers>>
  /** Largest relative difference of two loss curves, over both sets and all evaluated steps. */
  readonly networkAgainstClosedForm: number
  readonly linearizedAgainstClosedForm: number
  /** Of test outputs at the last step, against the closed form. */
  readonly networkRmse: number
  readonly linearizedRmse: number
  readonly learningRate: number
  readonly maxLearningRate: number
  readonly infinite: KernelNumbers
  readonly empirical: KernelNumbers
  readonly sweep: { readonly points: readonly WidthPoint[]; readonly law: PowerLaw } | null
}

export interface KernelNumbers {
  readonly eigenvalues: readonly number[]
  /** null where the matrix is singular to working precision. */
  readonly condition: number | null
}

export function gather(setup: Setup, results: Results): Findings {
  const curve = (name: CurveName): CurveNumbers => curveOf(results, curveStages[name])
  const curves = {
    network: curve('network'),
    linearized: curve('linearized'),
    closedForm: curve('closedForm'),
    infinite: curve('infinite'),
  }
  const against = (a: CurveNumbers): number =>
    Math.max(
      largestRelativeDifference(a.train.loss, curves.closedForm.train.loss),
      largestRelativeDifference(a.test.loss, curves.closedForm.test.loss),
    )
  const last = (name: CurveName): ArrayLike<number> => testOutputs(results, curveStages[name]).at(-1) ?? []
  return {
    curves,
    networkAgainstClosedForm: against(curves.network),
    linearizedAgainstClosedForm: against(curves.linearized),
    networkRmse: rmse(last('network'), last('closedForm')),
    linearizedRmse: rmse(last('linearized'), last('closedForm')),
    learningRate: valueOf(results, 'empirical', 'learningRate'),
    maxLearningRate: valueOf(results, 'empirical', 'maxLearningRate'),
    infinite: kernelNumbers(results, 'kernels'),
    empirical: kernelNumbers(results, 'empirical'),
    sweep: sweepOf(setup, results),
  }
}

function kernelNumbers(results: Results, stage: string): KernelNumbers {
  const { eigenvalues, condition } = results.result(stage).values
  return {
    eigenvalues: Array.isArray(eigenvalues) ? eigenvalues.map(Number) : [],
    condition: typeof condition === 'number' ? condition : null,
  }
}

function sweepOf(setup: Setup, results: Results): Findings['sweep'] {
  if (setup.config.widths.length < 2) return null
  const points = [...setup.config.widths]
    .sort((a, b) => a - b)
    .map((width) => ({ width, rmse: valueOf(results, widthStageName(width), 'rmse') }))
  return { points, law: fitPowerLaw(points) }
}

import type { CurveName } from '../figures/curves.js'
import { fitPowerLaw, type PowerLaw, type WidthPoint } from '../figures/width.js'
import type { StageContext } from '../runs/stages.js'
import { valueOf } from './arrays.js'
import { type CurveNumbers, curveOf, testOutputs } from './curves.js'
import { largestRelativeDifference, largestShareOfStart, rmse } from './numbers.js'
import type { Setup } from './setup.js'
import type { LimitNumbers } from './stages/limit.js'
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
  /** How far loss curves are from those of the closed form, over both sets and all evaluated steps. */
  readonly network: Distance
  readonly linearized: Distance
  /** Of test outputs at the last step, against the closed form. */
  readonly networkRmse: number
  readonly linearizedRmse: number
  readonly learningRate: number
  readonly maxLearningRate: number
  readonly infinite: KernelNumbers
  readonly empirical: KernelNumbers
  /** After training to the end, where that was asked for. */
  readonly limit: { readonly network: LimitNumbers; readonly infinite: LimitNumbers } | null
  readonly sweep: { readonly points: readonly WidthPoint[]; readonly law: PowerLaw } | null
}

/** How far two pairs of loss curves are apart. */
export interface Distance {
  /** Largest difference of losses as a share of the loss at the start: what the eye sees. */
  readonly ofStart: number
  /** Largest relative difference at one step; grows without bound as losses go to zero. */
  readonly relative: number
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
  const against = (a: CurveNumbers): Distance => {
    const both = (distance: (x: readonly number[], y: readonly number[]) => number): number =>
      Math.max(
        ...(['train', 'test'] as const).map((split) =>
          distance(a[split].loss, curves.closedForm[split].loss),
        ),
      )
    return { ofStart: both(largestShareOfStart), relative: both(largestRelativeDifference) }
  }
  const last = (name: CurveName): ArrayLike<number> => testOutputs(results, curveStages[name]).at(-1) ?? []
  return {
    curves,
    network: against(curves.network),
    linearized: against(curves.linearized),
    networkRmse: rmse(last('network'), last('closedForm')),
    linearizedRmse: rmse(last('linearized'), last('closedForm')),
    learningRate: valueOf(results, 'empirical', 'learningRate'),
    maxLearningRate: valueOf(results, 'empirical', 'maxLearningRate'),
    infinite: kernelNumbers(results, 'kernels'),
    empirical: kernelNumbers(results, 'empirical'),
    limit: limitOf(setup, results),
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

function limitOf(setup: Setup, results: Results): Findings['limit'] {
  if (!setup.config.training.limit) return null
  const { network, infinite } = results.result('limit').values
  return { network: network as unknown as LimitNumbers, infinite: infinite as unknown as LimitNumbers }
}

function sweepOf(setup: Setup, results: Results): Findings['sweep'] {
  if (setup.config.widths.length < 2) return null
  const points = [...setup.config.widths]
    .sort((a, b) => a - b)
    .map((width) => ({ width, rmse: valueOf(results, widthStageName(width), 'rmse') }))
  return { points, law: fitPowerLaw(points) }
}

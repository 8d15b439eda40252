import type { Done, FindingDefinition } from '../../experiment/experiment.js'
import type { Measured } from '../../experiment/finding.js'
import type { Law, PhaseNumbers, PhaseResults } from './numbers.js'
import type { Setup } from './setup.js'

export type PhaseDone = Done<Setup, PhaseResults, PhaseNumbers>

const moved = 'Error bar: how much the number still moves where depths double.'

function measured(law: Law | null, share: number): Measured | null {
  if (law === null) return null
  const { theory, measured: value, moves } = law
  return { value, uncertainty: moves, theory, resolution: share * Math.abs(theory) }
}

export const phaseFindings: readonly FindingDefinition<PhaseDone>[] = [
  {
    name: 'critical-kappa',
    statement: 'limit of the condition number of the NTK between order and chaos',
    note: `From depths 400, 800 and 1600, with a term in 1/depth taken off; theory (m + 2)/2, with a kink (m + 3)/3 (Xiao et al. 2020, Equation 18 and Section 6.5), and 1 with dropout. ${moved}`,
    measure: ({ numbers }) => measured(numbers.laws.criticalKappa, 0.02),
  },
  {
    name: 'ordered-kappa',
    statement: 'limit of the condition number of the NTK in order, with dropout',
    note: `At 0.8 of the critical variance of the weights; without dropout there is none (Xiao et al. 2020, Section 6.5). ${moved}`,
    measure: ({ numbers }) => measured(numbers.laws.orderedKappa, 0.001),
  },
  {
    name: 'ordered-growth',
    statement: 'growth of the logarithm of the condition number with each layer, in order',
    note: `At 0.8 of the critical variance of the weights; theory −ln χ₁ (Xiao et al. 2020, Table 1), half of that for activations with a kink. ${moved}`,
    measure: ({ numbers }) => measured(numbers.laws.orderedGrowth, 0.1),
  },
  {
    name: 'chaotic-fall',
    statement: 'growth of the logarithm of the condition number less 1 with each layer, in chaos',
    note: `At 1.3 times the critical variance of the weights; theory −ln χ₁ (Xiao et al. 2020, Section 6.1). ${moved}`,
    measure: ({ numbers }) => measured(numbers.laws.chaoticFall, 0.1),
  },
]

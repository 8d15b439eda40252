import { criticalLine, meanField, pairsByDepth } from '@ntk/dynamics'
import type { Job } from '../../worker/job.js'

export interface PhaseSettings {
  readonly activation: string
  /** Variances of weights and biases. */
  readonly wVar: number
  readonly bVar: number
  /** Correlation of a pair of inputs. */
  readonly c0: number
}

export interface PhaseResult {
  /** Points (wStd², bStd²) between order and chaos. */
  readonly line: readonly (readonly [wVar: number, bVar: number])[]
  readonly phase: string
  readonly qStar: number
  readonly cStar: number
  readonly chi1: number
  /** The c-map: correlations of pre-activations, and what the next layer makes of them, at the variance q*. */
  readonly map: { readonly c: readonly number[]; readonly next: readonly number[] }
  /** Correlations of the pair, behind 0, 1, ... activations. */
  readonly pair: readonly number[]
  /** Condition number of the NTK of 100 inputs that all have this correlation, at the same depths. */
  readonly kappa: readonly number[]
}

export const depth = 40
export const samples = 100
const variances = Array.from({ length: 41 }, (_, i) => 10 ** (-4 + i / 8))
const correlations = Array.from({ length: 41 }, (_, i) => -1 + i / 20)

const lines = new Map<string, PhaseResult['line']>()

/** The line between order and chaos. It takes an activation alone, so it is made once. */
function lineOf(activation: string): PhaseResult['line'] {
  const known = lines.get(activation)
  if (known) return known
  const points = criticalLine(activation, { q: variances }).filter(({ bStd }) => !Number.isNaN(bStd))
  const line = points.map(({ wStd, bStd }) => [wStd ** 2, bStd ** 2] as const)
  lines.set(activation, line)
  return line
}

/** λ_max / λ_min of a matrix with `own` on its diagonal and `pair` elsewhere. */
const conditionNumber = (own: number, pair: number): number => (own + (samples - 1) * pair) / (own - pair)

export const phase: Job<PhaseSettings, PhaseResult> = async ({ activation, wVar, bVar, c0 }) => {
  const line = lineOf(activation)
  const layer = { wStd: Math.sqrt(wVar), bStd: Math.sqrt(bVar) }
  const { phase: name, qStar, cStar, chi1 } = meanField(activation, layer)
  // Inputs whose first pre-activations have the variance q*; where that is 0, or below that of the biases, of variance 1.
  const q0 = qStar > bVar ? (qStar - bVar) / wVar : 1
  const one = pairsByDepth(activation, { ...layer, depth: 1, q0, c0: correlations })
  const c = await one.c.data()
  const deep = pairsByDepth(activation, { ...layer, depth, q0, c0 })
  const own = await deep.ntk.data()
  const pair = await deep.ntkPair.data()
  return {
    line,
    phase: name,
    qStar,
    cStar,
    chi1,
    map: {
      c: Array.from(c.subarray(0, correlations.length)),
      next: Array.from(c.subarray(correlations.length)),
    },
    pair: Array.from(await deep.c.data()),
    kappa: Array.from(own, (value, l) => conditionNumber(value, pair[l] ?? Number.NaN)),
  }
}

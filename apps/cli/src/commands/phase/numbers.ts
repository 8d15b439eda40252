import { type DepthLaws, depthLaws, pairsByDepth } from '@ntk/dynamics'
import type { ResultsOf } from '../../experiment/stage.js'
import { orNull, type Setup } from './setup.js'
import type { PhaseStages } from './stages.js'

export type PhaseResults = ResultsOf<PhaseStages>

/** A law of depth: the number that the NTK has, that of theory, and how far the number still moves. */
export interface Law {
  readonly measured: number
  readonly moves: number
  readonly theory: number
  /** The variance of the weights at which it is measured. */
  readonly wVar: number
}

export interface PhaseNumbers {
  /** Condition numbers [weights, depth + 1]. */
  readonly kappa: readonly number[]
  readonly critical: { readonly wVar: number; readonly qStar: number } | null
  readonly laws: {
    readonly criticalKappa: Law | null
    readonly orderedKappa: Law | null
    readonly orderedGrowth: Law | null
    readonly chaoticFall: Law | null
  }
}

/** Of the NTK p (1 − r) I + p r 1 1ᵀ of m samples, all pairs alike. */
const kappaOf = (ntk: number, pair: number, m: number): number =>
  (ntk + (m - 1) * pair) / Math.max(0, ntk - pair)

export function phaseNumbers({ depths }: PhaseResults, setup: Setup): PhaseNumbers {
  const { samples } = setup.config
  const [ntk, pair] = [depths.arrays.ntk.dataSync(), depths.arrays.ntk_pair.dataSync()]
  const kappa = Array.from(ntk, (p, i) => kappaOf(p, pair[i] as number, samples))
  const point = setup.critical
  if (point === null) {
    return {
      kappa,
      critical: null,
      laws: { criticalKappa: null, orderedKappa: null, orderedGrowth: null, chaoticFall: null },
    }
  }
  const wVar = point.wStd ** 2
  return {
    kappa,
    critical: { wVar, qStar: point.qStar },
    laws: {
      criticalKappa: criticalKappa(setup, wVar),
      orderedKappa: orderedKappa(setup, 0.8 * wVar),
      orderedGrowth: orderedGrowth(setup, 0.8 * wVar),
      chaoticFall: chaoticFall(setup, 1.3 * wVar),
    },
  }
}

/** κ of uncorrelated inputs at some depths. */
function kappas({ layer, variant, config }: Setup, wVar: number, depths: readonly number[]): number[] {
  const depth = Math.max(...depths)
  const { ntk, ntkPair } = pairsByDepth(layer, {
    ...variant,
    wStd: Math.sqrt(wVar),
    bStd: config.bStd,
    depth,
    c0: 0,
  })
  const [p, pair] = [ntk.dataSync(), ntkPair.dataSync()]
  return depths.map((l) => kappaOf(p[l] as number, pair[l] as number, config.samples))
}

const lawsAt = ({ layer, variant, config }: Setup, wVar: number): DepthLaws | null =>
  orNull(() =>
    depthLaws(layer, { ...variant, wStd: Math.sqrt(wVar), bStd: config.bStd, samples: config.samples }),
  )

/** The limit of κ = a + b/l from depths that double. */
function criticalKappa(setup: Setup, wVar: number): Law | null {
  const laws = lawsAt(setup, wVar)
  if (laws === null) return null
  const [a = 0, b = 0, c = 0] = kappas(setup, wVar, [400, 800, 1600])
  const [before, measured] = [2 * b - a, 2 * c - b]
  return { measured, moves: Math.abs(measured - before), theory: laws.kappa, wVar }
}

/** The limit of κ that dropout leaves, from depths at which it is reached. */
function orderedKappa(setup: Setup, wVar: number): Law | null {
  const laws = lawsAt(setup, wVar)
  if (laws?.phase !== 'ordered' || !Number.isFinite(laws.kappa)) return null
  const deep = Math.min(2000, Math.ceil(20 * Math.max(laws.xi1, laws.xiC)))
  const [before = 0, measured = 0] = kappas(setup, wVar, [deep, 2 * deep])
  return { measured, moves: Math.abs(measured - before), theory: laws.kappa, wVar }
}

/** How fast log κ grows with a layer: of κ ~ χ^(−α l) l^β, whose power of l cancels between depths that double. */
function orderedGrowth(setup: Setup, wVar: number): Law | null {
  const laws = lawsAt(setup, wVar)
  if (laws?.phase !== 'ordered') return null
  const step = stepFor(laws.kappaGrowth)
  if (step === null) return null
  const logs = kappas(setup, wVar, [step, 2 * step, 4 * step, 8 * step]).map(Math.log)
  return rate(logs, step, wVar, Math.log(laws.kappaGrowth))
}

/** How fast κ comes to 1: like 1/p, χ_1^(−l). */
function chaoticFall(setup: Setup, wVar: number): Law | null {
  const laws = lawsAt(setup, wVar)
  // Where correlations go to 0 the entries off the diagonal fall, too.
  if (laws?.phase !== 'chaotic' || laws.cStar === 0) return null
  const step = stepFor(laws.chi1)
  if (step === null) return null
  const logs = kappas(setup, wVar, [step, 2 * step, 4 * step, 8 * step]).map((kappa) => Math.log(kappa - 1))
  return rate(logs, step, wVar, -Math.log(laws.chi1))
}

/** An eighth of the depth at which what grows by `factor` a layer is 1e10 times larger. */
function stepFor(factor: number): number | null {
  const most = Math.floor((10 * Math.LN10) / Math.abs(Math.log(factor)) / 8)
  return Number.isFinite(most) && most >= 2 ? Math.min(most, 200) : null
}

function rate(logs: readonly number[], step: number, wVar: number, theory: number): Law {
  const [a = 0, b = 0, c = 0, d = 0] = logs
  // Of β log l + r l: differences between doublings are r l + β log 2.
  const early = (c - b - (b - a)) / step
  const measured = (d - c - (c - b)) / (2 * step)
  return { measured, moves: Math.abs(measured - early), theory, wVar }
}

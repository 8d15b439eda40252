import { critical, type DepthLaws, depthLaws } from '@ntk/dynamics'
import { activations, type NetKind } from './kernels.js'
import { doublingsOf } from './laws.js'
import { type DepthConfig, type PhaseName } from './settings.js'

/** One phase: its variance of weights, and what theory says of it. */
export interface PhaseSetup {
  readonly phase: PhaseName
  readonly wVar: number
  readonly chi1: number
  /** Of m samples, with means over d positions. */
  readonly laws: (m: number, pixels: number) => DepthLaws
}

/** One run of networks over depth: a family in a phase. */
export interface Sweep {
  readonly phase: PhaseSetup
  readonly family: 'FCN' | 'CNN'
  /** Rates and limits come from depths step, 2 step, 4 step and 8 step. */
  readonly step: number
  /** The same for what needs no digits of the spectrum, further down. */
  readonly farStep: number
  readonly depths: readonly number[]
}

export interface DepthSetup {
  readonly config: DepthConfig
  readonly criticalWVar: number
  readonly sweeps: readonly Sweep[]
  readonly kinds: readonly NetKind[]
  readonly pixels: number
}

/**
 * @throws NtkError `value` where variances of these phases have no fixed point
 */
export function makeSetup(config: DepthConfig): DepthSetup {
  const { activation, bVar, families, side } = config
  const layer = activations[activation]()
  const bStd = bVar === 0 ? null : Math.sqrt(bVar)
  const criticalWVar = critical(layer, { bStd }).wStd ** 2
  const share: Readonly<Record<PhaseName, number>> = {
    ordered: config.ordered,
    critical: 1,
    chaotic: config.chaotic,
  }
  const sweeps = config.phases.flatMap((name) => {
    const wVar = share[name] * criticalWVar
    const laws = (m: number, pixels: number): DepthLaws =>
      depthLaws(layer, { wStd: Math.sqrt(wVar), bStd, samples: m, pixels })
    const { chi1, chiC } = laws(2, 1)
    const phase: PhaseSetup = { phase: name, wVar, chi1, laws }
    return families.map((family): Sweep => {
      const most = family === 'FCN' ? config.depth : config.convolutions
      const step = stepOf(name, chi1, most)
      const farStep = name === 'chaotic' ? farStepOf(chi1, chiC, most) : step
      return { phase, family, step, farStep, depths: depthsOf(step, farStep) }
    })
  })
  const kinds = families.flatMap((family): NetKind[] => (family === 'FCN' ? ['FCN'] : ['CNN-F', 'CNN-P']))
  return { config, criticalWVar, sweeps, kinds, pixels: side ** 2 }
}

/** Decades over which a spectrum may grow before float64 has no digits left of its smallest eigenvalue. */
const decades = 11

function stepOf(phase: PhaseName, chi1: number, most: number): number {
  const deepest =
    phase === 'critical' ? most : Math.min(most, (decades * Math.LN10) / Math.abs(Math.log(chi1)))
  return Math.max(2, Math.floor(deepest / 8))
}

/**
 * In chaos kernels are good as far as numbers go. What the mean predictor makes of labels whose sum is 0 to rounding falls faster by χ_c than
 * what it makes of that rounding, which is in front after 16 decades of χ_c.
 */
function farStepOf(chi1: number, chiC: number, most: number): number {
  const fits = Math.min((30 * Math.LN10) / Math.log(chi1), (12 * Math.LN10) / -Math.log(chiC))
  return Math.max(2, Math.floor(Math.min(most, fits) / 8))
}

/** The depths at which spectra are taken: those that double, and some between and before. */
function depthsOf(step: number, farStep: number): number[] {
  const last = 8 * farStep
  const even = Array.from({ length: 17 }, (_, i) => Math.round(last ** (i / 16)))
  return [
    ...new Set([
      ...even,
      ...doublingsOf(step),
      ...doublingsOf(farStep),
      3 * step,
      5 * step,
      6 * step,
      7 * step,
    ]),
  ].sort((a, b) => a - b)
}

import { type CriticalPoint, critical, meanField } from '@ntk/dynamics'
import { fromSpec, type Layer, type Spec } from '@ntk/stax'
import { NtkError } from '@ntk/tensor'
import { type PhaseConfig, pointsOf } from './settings.js'

/** What a layer is beside its activation and `Dense`; `residual` false, or the share of what comes in that is added. */
export interface Variant {
  readonly residual: false | number
  readonly layerNorm: boolean
  readonly keep: number
}

/** What every stage knows from the config alone. */
export interface Setup {
  readonly config: PhaseConfig
  readonly layer: Layer
  /** What a layer is beside its activation and `Dense`. */
  readonly variant: Variant
  /** What it is called in words: `LeakyRelu (alpha 0.1)`. */
  readonly name: string
  readonly wVars: readonly number[]
  readonly bVars: readonly number[]
  /** The critical point with the biases of the config; null where there is none. */
  readonly critical: CriticalPoint | null
}

/**
 * The layer and the axes.
 *
 * @throws NtkError `spec` for an activation that is none, or has no kernel, with the nearest name
 */
export function makeSetup(config: PhaseConfig): Setup {
  const spec = specOf(config.activation)
  const layer = fromSpec(spec)
  const { residual, residualShare, layerNorm, keep } = config
  const variant: Variant = { residual: residual ? residualShare : false, layerNorm, keep }
  return {
    config,
    layer,
    variant,
    name: nameOf(spec) + inWords(variant),
    wVars: pointsOf(config.wVar),
    bVars: pointsOf(config.bVar),
    // Also refuses what is no activation, before anything is written.
    critical: criticalOr(layer, variant, config.bStd),
  }
}

function inWords({ residual, layerNorm, keep }: Variant): string {
  const parts = [
    ...(residual === false ? [] : [`residual layers${residual < 1 ? ` of ${residual}` : ''}`]),
    ...(layerNorm ? ['layer norm'] : []),
    ...(keep < 1 ? [`dropout keeping ${keep}`] : []),
  ]
  return parts.length === 0 ? '' : ` with ${parts.join(' and ')}`
}

function specOf(activation: string): Spec {
  if (!activation.trimStart().startsWith('[')) return [activation]
  try {
    return JSON.parse(activation) as Spec
  } catch {
    throw new NtkError('config', {
      what: '`activation` is no JSON.',
      got: activation,
      fix: 'Write it as ["LeakyRelu", {"alpha": 0.1}], with double quotes.',
    })
  }
}

function nameOf([name, ...rest]: Spec): string {
  const [options] = rest
  const entries =
    typeof options === 'object' && options !== null && !Array.isArray(options) ? Object.entries(options) : []
  return entries.length === 0
    ? name
    : `${name} (${entries.map(([key, value]) => `${key} ${value}`).join(', ')})`
}

/** Null where an activation has no critical point with these biases, or a variance no fixed point. */
export function criticalOr(layer: Layer, variant: Variant, bStd: number | null): CriticalPoint | null {
  return orNull(() => critical(layer, { ...variant, bStd }))
}

export type Field = ReturnType<typeof meanField>

export function fieldOr(
  { layer, variant }: Pick<Setup, 'layer' | 'variant'>,
  wVar: number,
  bVar: number,
): Field | null {
  return orNull(() => meanField(layer, { ...variant, wStd: Math.sqrt(wVar), bStd: Math.sqrt(bVar) }))
}

/** What is made; null where there is no such point, which is NtkError 'value'. */
export function orNull<T>(make: () => T): T | null {
  try {
    return make()
  } catch (error) {
    if (NtkError.isInstance(error) && error.code === 'value') return null
    throw error
  }
}

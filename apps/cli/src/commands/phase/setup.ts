import { type CriticalPoint, critical, meanField } from '@ntk/dynamics'
import { fromSpec, type Layer, type Spec } from '@ntk/stax'
import { NtkError } from '@ntk/tensor'
import { type PhaseConfig, pointsOf } from './settings.js'

/** What every stage knows from the config alone. */
export interface Setup {
  readonly config: PhaseConfig
  readonly layer: Layer
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
  return {
    config,
    layer,
    name: nameOf(spec),
    wVars: pointsOf(config.wVar),
    bVars: pointsOf(config.bVar),
    // Also refuses what is no activation, before anything is written.
    critical: criticalOr(layer, config.bStd),
  }
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
export function criticalOr(layer: Layer, bStd: number | null): CriticalPoint | null {
  return orNull(() => critical(layer, { bStd }))
}

export type Field = ReturnType<typeof meanField>

export function fieldOr(layer: Layer, wVar: number, bVar: number): Field | null {
  return orNull(() => meanField(layer, { wStd: Math.sqrt(wVar), bStd: Math.sqrt(bVar) }))
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

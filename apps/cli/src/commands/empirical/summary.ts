import type { Implementation } from '@ntk/kernels-empirical'
import type { Spec } from '@ntk/stax'
import type { SpectrumSummary } from '../../measures/spectrum.js'
import { duration } from '../../progress/progress.js'
import { shortNumber } from '../../text/number.js'
import type { LayerShare } from './shares.js'

/** What `ntk empirical` found, printed under `--json`. */
export interface EmpiricalSummary {
  readonly out: string
  readonly get: 'ntk' | 'nngp'
  readonly network: string
  readonly inputs: string
  readonly spec: Spec
  readonly seed: number
  readonly run?: string
  readonly parameters: number
  readonly shape: readonly number[]
  readonly dtype: string
  readonly averaged: number | null
  readonly implementation: Implementation | null
  readonly seconds: number
  readonly layersOut?: string
  readonly layers?: readonly LayerShare[]
  readonly spectrum?: SpectrumSummary
  readonly figures?: readonly string[]
  readonly warnings: readonly string[]
}

/** The summary for a person. */
export function describe(found: EmpiricalSummary): string {
  const { spectrum, layers, figures } = found
  const rows: [string, string][] = [
    ['network', `${found.network}, ${found.parameters} parameters from seed ${found.seed}`],
    ['inputs', found.inputs],
    ['outputs', found.averaged === null ? 'all pairs' : `mean over ${found.averaged}`],
  ]
  if (found.implementation !== null) rows.push(['computed by', found.implementation])
  if (spectrum !== undefined) {
    const { eigenvalues, rank, conditionNumber, effectiveRank } = spectrum
    const [largest = Number.NaN, smallest = Number.NaN] = [eigenvalues[0], eigenvalues.at(-1)]
    rows.push(
      ['eigenvalues', `${shortNumber(smallest)} to ${shortNumber(largest)}`],
      [
        'condition',
        conditionNumber === null ? `none: singular, of rank ${rank}` : shortNumber(conditionNumber),
      ],
      ['effective rank', `${shortNumber(effectiveRank)} of ${eigenvalues.length}`],
    )
  }
  if (found.layersOut !== undefined) rows.push(['layers', found.layersOut])
  for (const { name, share } of layers ?? [])
    rows.push(['', `${(100 * share).toFixed(1).padStart(5)} %  ${name}`])
  if (figures?.[0] !== undefined) rows.push(['figure', `${figures[0]} (and .png, .vl.json)`])
  const width = Math.max(...rows.map(([label]) => label.length))
  return [
    `${found.out}  ${found.get} of shape ${found.shape.join(' × ')}, ${found.dtype}, in ${duration(found.seconds)}`,
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`),
    '',
  ].join('\n')
}

import { type MeanField, meanField } from '@ntk/dynamics'
import { Erf } from '@ntk/stax'
import type { Variances } from './kernels.js'
import type { RegionConfig } from './settings.js'

/** One column of a map: its variances, and what theory says of deep networks with them. */
export interface Column extends Variances {
  readonly field: MeanField
}

export interface RegionSetup {
  readonly config: RegionConfig
  readonly columns: readonly Column[]
  /** Depths that rise. */
  readonly depths: readonly number[]
}

export function makeRegionSetup(config: RegionConfig): RegionSetup {
  const rising = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)
  const columns = rising(config.bVars).flatMap((bVar) =>
    rising(config.wVars).map((wVar) => ({
      wVar,
      bVar,
      field: meanField(Erf(), { wStd: Math.sqrt(wVar), bStd: Math.sqrt(bVar) }),
    })),
  )
  return { config, columns, depths: rising(config.depths) }
}

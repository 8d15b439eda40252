import { bindComposite, type SeriesParams, type SeriesTable, type Value } from '@ntk/tensor'
import type { Dual, FusedDual } from '../activations/activation.js'
import { decomposition, dualInputs } from '../activations/composite.js'
import type { Nums } from '../numbers.js'
import { seriesTable } from './table.js'

const tables = new WeakMap<object, Map<string, SeriesTable | null>>()

/** The table of a function with some options, made once; null where there is none. */
function tableOf(
  key: object,
  options: Readonly<Record<string, unknown>>,
  make: () => SeriesTable | null,
): SeriesTable | null {
  const ofKey = tables.get(key) ?? new Map<string, SeriesTable | null>()
  tables.set(key, ofKey)
  const id = JSON.stringify(options)
  const known = ofKey.get(id)
  if (known !== undefined) return known
  const table = make()
  ofKey.set(id, table)
  return table
}

/**
 * The dual of an activation by its series, as a composite; undefined where that is no way to it. `dual` is what it is decomposed into, and
 * what is taken for variances that the series does not reach.
 */
export function fusedBySeries<O>(
  apply: (x: Value, options: Nums<O>) => Value,
  dual: Pick<Dual<O>, 'pair'>,
  of: SeriesParams['of'],
  scale: number,
  options: Nums<O>,
): FusedDual | undefined {
  const table = tableOf(apply, of.options, () => seriesTable((x) => apply(x, options), scale))
  if (table === null) return undefined
  const decompose = decomposition<SeriesParams>((covariances) => dual.pair(covariances, options))
  return {
    pair: (covariances, ntk) => {
      const inputs = dualInputs(covariances, ntk)
      const [t, theta = null] = bindComposite({ name: 'dualSeries', decompose }, inputs, { table, of })
      return [t, theta]
    },
    step: { kind: 'series', table, of },
  }
}

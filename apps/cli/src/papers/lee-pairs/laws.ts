import type { FindingDefinition } from '../../experiment/experiment.js'
import { endShare, lawOver, type PairDone, powerOf, type SizeName, widest } from './numbers.js'
import type { Cell, PairConfig } from './setup.js'

/** How the error bars of powers are found. */
export const powerNote = 'Error bar: spread of the networks, or scatter about the line where that is larger.'

/** Powers of the width with which networks come to their linearizations, within the bound of the theorem and the order of the next term. */
export function widthPowers<C extends PairConfig>({
  kind,
  where = () => true,
  apart,
}: {
  readonly kind?: string
  readonly where?: (cell: Cell, done: PairDone<C>) => boolean
  /** Cells that differ in it have lines of their own. */
  readonly apart?: SizeName
} = {}): FindingDefinition<PairDone<C>>[] {
  const own =
    (done: PairDone<C>) =>
    (cell: Cell): boolean =>
      (kind === undefined || cell.kind === kind) && where(cell, done)
  const prefix = kind === undefined ? '' : `${kind.toLowerCase()}-`
  const whose = kind === undefined ? '' : ` (${kind})`
  const statement = `power of the width with which the RMSE of network and linearization goes, of the way of the outputs${whose}`
  return [
    {
      name: `${prefix}width-at-most`,
      statement,
      note: `Lee et al. 2019, Theorem 2.1, bounds it by a multiple of width to the power −1/2. ${powerNote}`,
      measure: (done) => powerOf(lawOver(done, 'width', endShare, own(done), apart), -0.5, 'at most', 0.2),
    },
    {
      name: `${prefix}width-at-least`,
      statement,
      note: `The first correction to infinite width is of the order of one over the width, as is the change of Θ̂ that causes it (Lee et al. 2019, Section 3.1; Dyer and Gur-Ari 2020). ${powerNote}`,
      measure: (done) => powerOf(lawOver(done, 'width', endShare, own(done), apart), -1, 'at least', 0.2),
    },
  ]
}

/** Accuracies of the widest networks and of their linearizations on test samples. */
export function accuracyFinding<C extends PairConfig>(figure: string): FindingDefinition<PairDone<C>> {
  return {
    name: 'accuracy',
    statement: ({ numbers }) =>
      `test accuracy of networks less that of their linearizations, width ${widest({ numbers })?.cell.width}`,
    note: `Lee et al. 2019, ${figure}: both behave alike. Error bar: spread over networks, at least one test image of one network.`,
    measure: ({ numbers, setup }) => {
      const at = widest({ numbers })?.accuracy.difference
      if (at === undefined) return null
      const least = 1 / setup.config.test / setup.config.networks
      return { value: at.mean, uncertainty: Math.max(at.error, least), theory: 0, resolution: 0.05 }
    },
  }
}

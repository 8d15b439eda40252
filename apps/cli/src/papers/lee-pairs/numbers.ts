import type { Done } from '../../experiment/experiment.js'
import type { Measured } from '../../experiment/finding.js'
import type { ResultsOf, Stage } from '../../experiment/stage.js'
import { type Mean, meanOf } from '../../measures/error-bar.js'
import { fitPowerLawOfSamples, type PowerLaw } from '../../measures/power-law.js'
import { geometric } from '../common.js'
import type { PairOutput } from './pair.js'
import type { SamplesOutput } from './samples.js'
import type { Cell, PairConfig, PairSetup } from './setup.js'

export type PairStages = {
  readonly data: Stage<SamplesOutput>
  readonly networks: readonly Stage<PairOutput>[]
}

export type PairValues = PairOutput['values']

/** What networks of one cell came to, means over networks. */
export interface CellNumbers {
  readonly cell: Cell
  /** RMSE of network and linearization on test samples after the last step. */
  readonly rmse: Mean
  /** The same as a share of how far outputs moved. */
  readonly share: Mean
  /** Losses and accuracies on test samples after the last step. */
  readonly loss: { readonly network: Mean; readonly linearized: Mean }
  readonly accuracy: { readonly network: Mean; readonly linearized: Mean; readonly difference: Mean }
}

export interface PairNumbers {
  readonly cells: readonly CellNumbers[]
}

export type PairDone<C extends PairConfig = PairConfig> = Done<
  PairSetup<C>,
  ResultsOf<PairStages>,
  PairNumbers
>

const last = (list: readonly number[]): number => list.at(-1) ?? Number.NaN

export const endRmse = ({ distance }: PairValues): number => last(distance.rmse)

export const endShare = ({ distance }: PairValues): number => last(distance.rmse) / last(distance.moved)

const sameCell = (a: Cell, b: Cell): boolean =>
  a.kind === b.kind &&
  a.width === b.width &&
  a.depth === b.depth &&
  a.samples === b.samples &&
  a.long?.steps === b.long?.steps

/** The networks of a cell. */
export const membersOf = (results: ResultsOf<PairStages>, cell: Cell): PairValues[] =>
  results.networks.flatMap(({ values }) => (sameCell(values.cell, cell) ? [values] : []))

export function pairNumbers<C extends PairConfig>(
  results: ResultsOf<PairStages>,
  { cells }: PairSetup<C>,
): PairNumbers {
  return {
    cells: cells.map((cell) => {
      const all = membersOf(results, cell)
      const over = (of: (values: PairValues) => number): Mean => meanOf(all.map(of))
      return {
        cell,
        rmse: over(endRmse),
        share: over(endShare),
        loss: {
          network: over(({ network }) => last(network.test.loss)),
          linearized: over(({ linearized }) => last(linearized.test.loss)),
        },
        accuracy: {
          network: over(({ network }) => last(network.test.accuracy)),
          linearized: over(({ linearized }) => last(linearized.test.accuracy)),
          difference: over(
            ({ network, linearized }) => last(network.test.accuracy) - last(linearized.test.accuracy),
          ),
        },
      }
    }),
  }
}

/** What laws are read off. */
export interface Measurements {
  readonly setup: { readonly cells: readonly Cell[] }
  readonly results: ResultsOf<PairStages>
}

export type SizeName = 'width' | 'depth' | 'samples'

/**
 * The power of a size with which a number of single networks goes, over cells that `where` chooses; null for fewer than three sizes. Cells that differ in
 * `apart` too have lines of their own, of one slope: their grid must be whole, so that dividing by the geometric mean of each line leaves the slope.
 */
export function lawOver(
  { setup, results }: Measurements,
  size: SizeName,
  of: (values: PairValues) => number,
  where: (cell: Cell) => boolean = () => true,
  apart?: SizeName,
): PowerLaw | null {
  const cells = setup.cells.filter(where)
  const sizes = [...new Set(cells.map((cell) => cell[size]))].sort((a, b) => a - b)
  if (sizes.length < 3) return null
  const lines = apart === undefined ? [undefined] : [...new Set(cells.map((cell) => cell[apart]))]
  const valuesOf = (own: readonly Cell[]): number[] => own.flatMap((cell) => membersOf(results, cell).map(of))
  const along = lines.map((line) => {
    const own = apart === undefined ? cells : cells.filter((cell) => cell[apart] === line)
    const centre = apart === undefined ? 1 : geometric(valuesOf(own))
    return { own, centre }
  })
  return fitPowerLawOfSamples(
    sizes.map((one) => ({
      size: one,
      values: along.flatMap(({ own, centre }) =>
        valuesOf(own.filter((cell) => cell[size] === one)).map((value) => value / centre),
      ),
    })),
  )
}

export const powerOf = (
  law: PowerLaw | null,
  theory: number,
  relation: 'equal' | 'at most' | 'at least',
  resolution: number,
): Measured | null =>
  law === null ? null : { value: law.slope, uncertainty: law.slopeError, theory, relation, resolution }

/** The numbers of the widest networks; of several depths or sets the first. */
export function widest({ numbers }: Pick<PairDone, 'numbers'>): CellNumbers | undefined {
  const width = Math.max(...numbers.cells.map(({ cell }) => cell.width))
  return numbers.cells.find(({ cell }) => cell.width === width)
}

import type { ResultsOf } from '../../experiment/stage.js'
import { type Mean, meanOf, withLeast } from '../../measures/error-bar.js'
import { fitPowerLaw } from '../../measures/power-law.js'
import type { NetKind } from '../depth/kernels.js'
import type { RegionConfig } from './settings.js'
import type { Column, RegionSetup } from './setup.js'
import type { Cell, RegionStages } from './stages.js'

/** A cell of a map: means over draws of the images. */
export interface MeanCell {
  readonly kind: NetKind
  readonly wVar: number
  readonly bVar: number
  readonly depth: number
  readonly train: number
  readonly test: number
  readonly kappa: number
}

/** A number of one kind of network, from all draws. */
export interface OfKind extends Mean {
  readonly kind: NetKind
}

export interface RegionNumbers {
  readonly cells: readonly MeanCell[]
  /** Deep in chaos: accuracy on training images; and on test images less that of a constant guess. */
  readonly chaosTrain: readonly OfKind[]
  readonly chaosTest: readonly OfKind[]
  /** Deep in order: accuracy on training images less that of a constant guess. */
  readonly orderTrain: readonly OfKind[]
  /** Powers of ξ₁, and of ξ* and ξ_c, with which depths go to which networks train, and generalize. */
  readonly trainPower: readonly OfKind[]
  readonly testPower: readonly OfKind[]
  readonly testPowerC: readonly OfKind[]
  /** Depths to which networks train and generalize, by column: means over draws. */
  readonly edges: readonly Edge[]
  /** Test accuracy of CNN-F less that of CNN-P where the first trains and the second does not; null without both. */
  readonly strip: Mean | null
  /** Accuracies of trained networks less those of the mean of infinitely wide ones, over all cells; null where none were trained. */
  readonly trained: { readonly train: Mean; readonly test: Mean } | null
}

export interface Edge {
  readonly kind: NetKind
  readonly bVar: number
  readonly wVar: number
  readonly what: 'train' | 'test'
  /** ξ₁ or ξ*; and ξ_c. */
  readonly scale: number
  readonly scaleC: number
  readonly depth: number
}

/** Layers to which signals go, about: six depth scales (Schoenholz et al. 2017). */
export const scales = 6

/** Beyond this condition number a kernel in float64 holds no digit of its small eigenvalues. */
const worst = 1e12

interface Draw {
  readonly cells: readonly Cell[]
  readonly constant: { readonly train: number; readonly test: number }
}

export function regionNumbers(
  { columns: outputs }: ResultsOf<RegionStages>,
  setup: RegionSetup,
): RegionNumbers {
  const { config, columns, depths } = setup
  const draws = Array.from({ length: config.repeats }, (_, repeat): Draw => {
    const own = outputs.filter(({ values }) => values.repeat === repeat).map(({ values }) => values)
    return {
      cells: own.flatMap(({ cells }) => cells),
      constant: own[0]?.constant ?? { train: Number.NaN, test: Number.NaN },
    }
  })
  const kinds = config.kinds
  const of = (kind: NetKind, measure: (draw: Draw) => number): OfKind => ({
    kind,
    ...meanOf(draws.map(measure)),
  })
  const over = (
    kind: NetKind,
    inside: (column: Column, depth: number) => boolean,
    read: (cell: Cell, draw: Draw) => number,
  ): OfKind =>
    of(kind, (draw) =>
      mean(
        draw.cells
          .filter((cell) => {
            const column = columns.find(({ wVar, bVar }) => wVar === cell.wVar && bVar === cell.bVar)
            return (
              cell.kind === kind && cell.kappa < worst && column !== undefined && inside(column, cell.depth)
            )
          })
          .map((cell) => read(cell, draw)),
      ),
    )
  const accuracy = <M extends Mean>(what: 'train' | 'test', measured: M): M => ({
    ...measured,
    ...withLeast(measured, leastOf(config, what, mean(draws.map(({ constant }) => constant[what])))),
  })
  const gap = (what: 'train' | 'test'): Mean =>
    withLeast(gapOf(draws, what), 1 / Math.sqrt(config.repeats) / config[what])
  const inChaos = ({ field }: Column, depth: number): boolean =>
    field.phase === 'chaotic' &&
    depth >= (config.width === null ? scales * field.xiC : (scales / 2) * field.xiStar)
  const inOrder = ({ field }: Column, depth: number): boolean =>
    field.phase === 'ordered' && depth >= 3 * scales * field.xi1
  const edges = kinds.flatMap((kind) =>
    (['train', 'test'] as const).flatMap((what) =>
      columns.flatMap((column) => edgeOf(draws, kind, what, column, depths)),
    ),
  )
  const power = (kind: NetKind, what: Edge['what'], by: 'scale' | 'scaleC' = 'scale'): OfKind => {
    const points = edges.filter((edge) => edge.kind === kind && edge.what === what)
    const { slope, slopeError } = fitPowerLaw(points.map((edge) => ({ size: edge[by], value: edge.depth })))
    return { kind, mean: slope, error: slopeError }
  }
  return {
    cells: kinds.flatMap((kind) =>
      columns.flatMap((column) => depths.map((depth) => meanCell(draws, kind, column, depth))),
    ),
    chaosTrain: kinds.map((kind) =>
      accuracy(
        'train',
        over(kind, inChaos, ({ train }) => train),
      ),
    ),
    chaosTest: kinds.map((kind) =>
      accuracy(
        'test',
        over(kind, inChaos, ({ test }, { constant }) => test - constant.test),
      ),
    ),
    orderTrain: kinds.map((kind) =>
      accuracy(
        'train',
        over(kind, inOrder, ({ train }, { constant }) => train - constant.train),
      ),
    ),
    trainPower: kinds.map((kind) => power(kind, 'train')),
    testPower: kinds.map((kind) => power(kind, 'test')),
    testPowerC: kinds.map((kind) => power(kind, 'test', 'scaleC')),
    edges,
    strip: kinds.includes('CNN-F') && kinds.includes('CNN-P') ? stripOf(draws, setup) : null,
    trained: config.width === null ? null : { train: gap('train'), test: gap('test') },
  }
}

/** How well accuracies of all draws together are known: test images are drawn at random, and one image is the least step. */
function leastOf({ train, test, repeats }: RegionConfig, what: 'train' | 'test', share: number): number {
  const images = repeats * (what === 'train' ? train : test)
  return Math.max(1 / images, what === 'test' ? Math.sqrt((share * (1 - share)) / images) : 0)
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const same = (cell: Cell, kind: NetKind, { wVar, bVar }: Column, depth: number): boolean =>
  cell.kind === kind && cell.wVar === wVar && cell.bVar === bVar && cell.depth === depth

function meanCell(draws: readonly Draw[], kind: NetKind, column: Column, depth: number): MeanCell {
  const own = draws.flatMap(({ cells }) => cells.filter((cell) => same(cell, kind, column, depth)))
  const { wVar, bVar } = column
  return {
    kind,
    wVar,
    bVar,
    depth,
    train: mean(own.map(({ train }) => train)),
    test: mean(own.map(({ test }) => test)),
    kappa: Math.exp(mean(own.map(({ kappa }) => Math.log(kappa)))),
  }
}

/**
 * The last depth at which accuracy crosses the middle between its largest of the column and a constant guess, between depths on a line in log(depth); none
 * where it does not fall that far.
 */
function edgeOf(
  draws: readonly Draw[],
  kind: NetKind,
  what: Edge['what'],
  column: Column,
  depths: readonly number[],
): Edge[] {
  const { field, bVar, wVar } = column
  if (field.phase !== (what === 'train' ? 'ordered' : 'chaotic')) return []
  const values = depths.map((depth) => meanCell(draws, kind, column, depth)[what])
  const floor = mean(draws.map(({ constant }) => constant[what]))
  const middle = (Math.max(...values) + floor) / 2
  const at = values.findLastIndex((value) => value >= middle)
  const [above, below] = [values[at], values[at + 1]]
  // Too near to a constant guess all along to tell where it falls.
  if (above === undefined || below === undefined || middle - floor < 0.1) return []
  const share = (above - middle) / (above - below)
  const [from, to] = [Math.log(depths[at] as number), Math.log(depths[at + 1] as number)]
  const scale = what === 'train' ? field.xi1 : field.xiStar
  return [{ kind, bVar, wVar, what, scale, scaleC: field.xiC, depth: Math.exp(from + share * (to - from)) }]
}

const gapOf = (draws: readonly Draw[], what: 'train' | 'test'): Mean =>
  meanOf(draws.map(({ cells }) => mean(cells.map((cell) => cell[what] - cell.mean[what]))))

/** Cells in order where 2 ρ t, in which modes of a size λ_max/κ are learnt, lies between both condition numbers. */
function stripOf(draws: readonly Draw[], { config, columns, depths }: RegionSetup): Mean {
  const learnt = 2 * config.rate * config.steps
  const cells = columns
    .filter(({ field }) => field.phase === 'ordered')
    .flatMap((column) => depths.map((depth) => ({ column, depth })))
    .filter(({ column, depth }) => {
      const [f, p] = (['CNN-F', 'CNN-P'] as const).map((kind) => meanCell(draws, kind, column, depth).kappa)
      return (f ?? 0) < learnt && learnt < (p ?? 0)
    })
  return meanOf(
    draws.map((draw) => {
      const testOf = (kind: NetKind, { column, depth }: (typeof cells)[number]): number =>
        draw.cells.find((cell) => same(cell, kind, column, depth))?.test ?? Number.NaN
      return mean(cells.map((cell) => testOf('CNN-F', cell) - testOf('CNN-P', cell)))
    }),
  )
}

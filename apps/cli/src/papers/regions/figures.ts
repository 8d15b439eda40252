import { type MeanField, meanField } from '@ntk/dynamics'
import { Erf } from '@ntk/stax'
import type { TopLevelSpec } from 'vega-lite'
import type { Done, Figure } from '../../experiment/experiment.js'
import type { ResultsOf } from '../../experiment/stage.js'
import { type HeatLine, heatFigure } from '../../figures/heat.js'
import type { MarkStyle } from '../../figures/mark-style.js'
import { shortNumber } from '../../text/number.js'
import type { NetKind } from '../depth/kernels.js'
import { type RegionNumbers, scales } from './numbers.js'
import type { RegionSetup } from './setup.js'
import type { RegionStages } from './stages.js'

export type RegionDone = Done<RegionSetup, ResultsOf<RegionStages>, RegionNumbers>

const line = (label: string, colour: string, dash?: readonly number[]): MarkStyle => ({
  label,
  colour,
  kind: 'line',
  size: 2,
  ...(dash === undefined ? {} : { dash: [...dash] }),
})

/** The lines of theory over a map: depths in order to which networks train, in chaos to which they generalize. */
export function theoryLines(
  { columns }: Pick<RegionSetup, 'columns'>,
  bVar: number,
  deepest: number,
): HeatLine[] {
  const own = columns.filter((column) => column.bVar === bVar)
  // Between the columns of the map, too: the lines bend there.
  const fields = own.flatMap(({ wVar, field }, i): { wVar: number; field: MeanField }[] => {
    const next = own[i + 1]
    if (next === undefined) return [{ wVar, field }]
    const between = Array.from({ length: 7 }, (_, j) => wVar + ((next.wVar - wVar) * (j + 1)) / 8)
    return [
      { wVar, field },
      ...between.map((at) => ({
        wVar: at,
        field: meanField(Erf(), { wStd: Math.sqrt(at), bStd: Math.sqrt(bVar) }),
      })),
    ]
  })
  const along = (phase: 'ordered' | 'chaotic', scale: 'xi1' | 'xiStar'): HeatLine['points'] =>
    fields
      .filter(({ field }) => field.phase === phase)
      .map(({ wVar, field }) => ({ x: wVar, y: Math.min(deepest * 2, scales * field[scale]) }))
  return [
    { style: line(`${scales} ξ₁: trained up to here`, '#e69f00'), points: along('ordered', 'xi1') },
    {
      style: line(`${scales} ξ*: generalizes up to here`, '#cc79a7', [7, 4]),
      points: along('chaotic', 'xiStar'),
    },
  ]
}

function map(
  { setup, numbers }: RegionDone,
  bVar: number,
  title: string,
  colour: string,
  read: (at: (kind: NetKind) => RegionNumbers['cells'][number]) => number,
): TopLevelSpec {
  const { config, depths, columns } = setup
  const own = columns.filter((column) => column.bVar === bVar)
  const values = depths.flatMap((depth) =>
    own.map(({ wVar }) =>
      read((kind) => {
        const cell = numbers.cells.find(
          (one) => one.kind === kind && one.wVar === wVar && one.bVar === bVar && one.depth === depth,
        )
        if (cell === undefined) throw new Error('a map without one of its cells')
        return cell
      }),
    ),
  )
  return heatFigure(
    {
      xs: own.map(({ wVar }) => wVar),
      ys: depths,
      values,
      xTitle: 'variance of the weights, σ_w²',
      yTitle: 'depth',
      title: colour,
      format: '~g',
    },
    theoryLines(setup, bVar, depths.at(-1) ?? 1),
    title,
    `σ_b² = ${shortNumber(bVar)}; ${config.train} images of ${config.data}, ${config.steps} steps at ${config.rate} · 2/λmax, ${config.width === null ? 'infinite width' : `width ${config.width}`}`,
  )
}

/** Maps of test accuracy, of one kind of network and one variance of the biases (by its place in the list) each. */
export const accuracyMaps = (
  kinds: readonly NetKind[],
  places: number,
  what: 'train' | 'test',
): Figure<RegionDone>[] =>
  kinds.flatMap((kind) =>
    Array.from(
      { length: places },
      (_, place): Figure<RegionDone> => ({
        name: `${what}-${kind.toLowerCase()}-${place + 1}`,
        caption:
          what === 'test'
            ? `Accuracy of ${kind} on test images. In order training stops to reach the labels some six ξ₁ down, in chaos what is learnt stops to reach other images.`
            : `Accuracy of ${kind} on its training images: lost in order at depth, kept in chaos.`,
        draw: (done) => {
          const bVar = [...done.setup.config.bVars].sort((a, b) => a - b)[place]
          if (bVar === undefined || !done.setup.config.kinds.includes(kind)) return null
          const title = `${kind}: accuracy on ${what === 'test' ? 'test' : 'training'} images`
          return map(done, bVar, title, 'accuracy', (at) => at(kind)[what])
        },
      }),
    ),
  )

export const differenceMap: Figure<RegionDone> = {
  name: 'difference',
  caption:
    'Test accuracy of CNN-F less that of CNN-P. In the ordered phase there is a strip where the mean over positions has made κ so much larger that CNN-P does not train any more (Xiao et al. 2020, Figure 2f).',
  draw: (done) => {
    const { kinds, bVars } = done.setup.config
    if (!kinds.includes('CNN-F') || !kinds.includes('CNN-P')) return null
    return map(
      done,
      Math.min(...bVars),
      'CNN-F less CNN-P: accuracy on test images',
      'difference',
      (at) => at('CNN-F').test - at('CNN-P').test,
    )
  },
}

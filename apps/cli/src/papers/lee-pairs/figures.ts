import type { TopLevelSpec } from 'vega-lite'
import type { MarkStyle } from '../../figures/mark-style.js'
import {
  growing,
  guideStyle,
  kinds,
  type Panel,
  type PanelPoint,
  type PanelSeries,
  panelsFigure,
} from '../../figures/panels.js'
import { curveStyles, hue } from '../../figures/theme.js'
import { meanOf } from '../../measures/error-bar.js'
import { lawOver, membersOf, type PairDone, type PairValues, type SizeName } from './numbers.js'
import type { Cell, PairConfig } from './setup.js'

/** On a logarithmic axis step 0 has no place. */
const points = (steps: readonly number[], values: readonly number[]): PanelPoint[] =>
  steps.flatMap((x, i) => (x === 0 ? [] : [{ x, y: values[i] ?? Number.NaN }]))

const shade = (i: number, of: number): string =>
  growing[Math.floor(((i + 1) * growing.length) / (of + 1))] ?? ''

const widestCell = (cells: readonly Cell[]): Cell | undefined =>
  cells.reduce<Cell | undefined>(
    (best, cell) => (best === undefined || cell.width > best.width ? cell : best),
    undefined,
  )

const described = ({ kind, width, depth, samples }: Cell): string =>
  `${kind}, width ${width}, depth ${depth}, |D| = ${samples}`

const mean = (members: readonly PairValues[], of: (values: PairValues) => readonly number[]): number[] =>
  (members[0]?.steps ?? []).map(
    (_, i) => members.reduce((sum, one) => sum + (of(one)[i] ?? Number.NaN), 0) / members.length,
  )

/** Loss and accuracy of the widest networks and of their linearizations. */
export function curvesFigure<C extends PairConfig>({ setup, results }: PairDone<C>): TopLevelSpec | null {
  const cell = widestCell(setup.cells)
  if (cell === undefined) return null
  const members = membersOf(results, cell)
  const steps = members[0]?.steps ?? []
  const panel = (title: string, set: 'train' | 'test', metric: 'loss' | 'accuracy'): Panel => ({
    title,
    series: (['network', 'linearized'] as const).map((who) => ({
      style: curveStyles[who],
      points: points(
        steps,
        mean(members, (values) => values[who][set][metric]),
      ),
    })),
  })
  return panelsFigure(
    [
      panel('training loss', 'train', 'loss'),
      panel('test loss', 'test', 'loss'),
      panel('training accuracy', 'train', 'accuracy'),
      panel('test accuracy', 'test', 'accuracy'),
    ],
    {
      title: 'Networks and their linearizations through training',
      subtitle: `${described(cell)}; means over ${members.length} networks`,
      x: { title: 'step', log: true },
      y: { title: '' },
      columns: 2,
      shared: false,
    },
  )
}

/** Widths of which a figure has a line each, at most. */
const most = 5

/** So many of a list, both ends among them. */
function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list]
  const places = Array.from({ length: count }, (_, i) => Math.round((i * (list.length - 1)) / (count - 1)))
  return list.filter((_, i) => places.includes(i))
}

/** RMSE between networks and linearizations against steps, by width; with what the analytic kernel predicts where that is known. */
export function rmseFigure<C extends PairConfig>({ setup, results }: PairDone<C>): TopLevelSpec | null {
  const first = setup.cells[0]
  if (first === undefined) return null
  const all = setup.cells
    .filter(
      ({ kind, depth, samples, long }) =>
        kind === first.kind && depth === first.depth && samples === first.samples && long === undefined,
    )
    .sort((a, b) => a.width - b.width)
  const cells = spread(all, most)
  const series = cells.map((cell, i): PanelSeries => {
    const members = membersOf(results, cell)
    const logs = (values: PairValues): number[] => values.distance.rmse.map(Math.log)
    return {
      style: { label: `width ${cell.width}`, colour: shade(i, cells.length), kind: 'line', size: 2 },
      points: points(members[0]?.steps ?? [], mean(members, logs).map(Math.exp)),
    }
  })
  const analytic = cells.flatMap((cell, i): PanelSeries[] => {
    const members = membersOf(results, cell)
    if (members.some(({ kernel }) => kernel === null)) return []
    const logs = (values: PairValues): number[] => (values.kernel?.analyticRmse ?? []).map(Math.log)
    const style: MarkStyle = {
      label: i === cells.length - 1 ? 'analytic kernel' : '',
      colour: shade(i, cells.length),
      kind: 'line',
      size: 1.4,
      dash: [6, 4],
    }
    return [{ style, points: points(members[0]?.steps ?? [], mean(members, logs).map(Math.exp)) }]
  })
  return panelsFigure([{ title: '', series: [...analytic, ...series] }], {
    title: 'Distance of networks from their linearizations',
    subtitle: `${first.kind}, depth ${first.depth}, |D| = ${first.samples}, ${setup.config.networks} networks a width, on test images`,
    x: { title: 'step', log: true },
    y: { title: 'RMSE of outputs', log: true },
  })
}

/** Outputs for single test images, and single weights where more than the readout is looked at. */
export function singlesFigure<C extends PairConfig>({ setup, results }: PairDone<C>): TopLevelSpec | null {
  const cell = widestCell(setup.cells)
  const found = results.networks.find(({ values }) => values.cell.width === cell?.width)
  if (cell === undefined || found === undefined) return null
  const { steps } = found.values
  const { arrays } = found
  const panel = (title: string, own: typeof arrays.network, linear: typeof arrays.network): Panel => {
    const columns = own.size / steps.length
    const shown = Math.min(columns, 10)
    const line = (array: typeof own, column: number): PanelPoint[] => {
      const data = array.dataSync()
      return points(
        steps,
        steps.map((_, t) => data[t * columns + column] ?? Number.NaN),
      )
    }
    return {
      title,
      series: [own, linear].flatMap((array, who) =>
        Array.from({ length: shown }, (_, column): PanelSeries => {
          const style = who === 0 ? curveStyles.network : curveStyles.linearized
          return {
            style: { ...style, size: who === 0 ? 5 : 1.8 },
            points: line(array, column),
            inLegend: column === 0,
          }
        }),
      ),
    }
  }
  return panelsFigure(
    [
      panel('outputs for test images', arrays.network, arrays.linearized),
      panel('moves of single weights', arrays.network_weights, arrays.linearized_weights),
    ],
    {
      title: 'Single outputs and single weights',
      subtitle: `one network: ${described(cell)}`,
      x: { title: 'step', log: true },
      y: { title: '' },
      columns: 2,
      shared: false,
    },
  )
}

/** What a panel of RMSE against a size holds: cells of a group are joined by a line. */
export interface SizePanel {
  readonly title: string
  readonly size: SizeName
  readonly where: (cell: Cell) => boolean
  readonly groups: (cell: Cell) => string
}

/** A number of each network against sizes, with fitted powers. */
export function sizesFigure<C extends PairConfig>(
  { setup, results }: PairDone<C>,
  panels: readonly SizePanel[],
  look: {
    readonly title: string
    readonly of: (values: PairValues) => number
    readonly y: string
    readonly x: string
    readonly guide?: number
  },
): TopLevelSpec | null {
  const of = (values: PairValues): number => look.of(values)
  const labels = [...new Set(panels.flatMap(({ where, groups }) => setup.cells.filter(where).map(groups)))]
  const drawn = panels.flatMap(({ title, size, where, groups }): Panel[] => {
    const cells = setup.cells.filter(where)
    const sizes = [...new Set(cells.map((cell) => cell[size]))]
    if (sizes.length < 2) return []
    const names = [...new Set(cells.map(groups))]
    const series = names.flatMap((name): PanelSeries[] => {
      const own = cells.filter((cell) => groups(cell) === name).sort((a, b) => a[size] - b[size])
      const style: MarkStyle = {
        label: name,
        colour: kinds[labels.indexOf(name) % kinds.length] ?? hue.closedForm,
        kind: 'dots',
        size: 50,
      }
      const dots = own.map((cell): PanelPoint => {
        const { mean: centre, error } = meanOf(membersOf(results, cell).map((v) => Math.log(of(v))))
        const [low, high] = [Math.exp(centre - 2 * error), Math.exp(centre + 2 * error)]
        return { x: cell[size], y: Math.exp(centre), low, high }
      })
      const law = lawOver({ setup, results }, size, of, (cell) => own.includes(cell))
      const ends = [own[0], own.at(-1)].map((cell) => cell?.[size] ?? Number.NaN)
      const fitted = law === null ? [] : ends.map((x) => ({ x, y: law.scale * x ** law.slope }))
      return [
        { style: { ...style, label: '', kind: 'line', size: 1.4 }, points: fitted },
        { style, points: dots },
      ]
    })
    const guide = look.guide
    if (guide === undefined || size !== 'width') return [{ title, series }]
    const ends = [Math.min(...sizes), Math.max(...sizes)]
    const top = Math.max(...series.flatMap((one) => one.points.map(({ high, y }) => high ?? y)))
    const line = ends.map((x) => ({ x, y: 1.3 * top * (x / (ends[0] ?? 1)) ** guide }))
    return [
      {
        title,
        series: [{ style: guideStyle(`slope ${guide === -0.5 ? '−1/2' : guide}`), points: line }, ...series],
      },
    ]
  })
  if (drawn.length === 0) return null
  return panelsFigure(drawn, {
    title: look.title,
    subtitle: `${setup.config.steps} steps; ${setup.config.networks} networks each, two standard errors`,
    x: { title: look.x, log: true },
    y: { title: look.y, log: true },
    shared: false,
    columns: Math.min(3, drawn.length),
  })
}

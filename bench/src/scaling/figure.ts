import type { Figure } from '@ntk/cli'
import { axisTitles, labels } from './jobs.js'
import type { Axis, Kind, Point } from './measure.js'

type Drawn = NonNullable<ReturnType<Figure<never>['draw']>>

/** Okabe and Ito's colours and marks of their own, told apart without colour too. */
const looks: Readonly<Record<Kind, { readonly colour: string; readonly shape: string }>> = {
  dense: { colour: '#3f51b5', shape: 'circle' },
  flatten: { colour: '#009e73', shape: 'square' },
  pool: { colour: '#d55e00', shape: 'triangle-up' },
}

const kinds = Object.keys(looks) as Kind[]

/** A logarithmic axis with these numbers on it. */
const logAxis = (field: string, title: string, values: readonly number[]): object => ({
  field,
  type: 'quantitative',
  scale: { type: 'log', nice: false, padding: 14 },
  axis: { title, grid: true, format: '~g', values, labelOverlap: true },
})

const powersOfTen = [0.001, 0.01, 0.1, 1, 10, 100]

/** One end of a guide: a line with the slope of what is counted. */
interface GuideEnd {
  readonly kind: Kind
  readonly size: number
  readonly units: number
  readonly label: string
}

/** A guide below the last points of a curve. */
function guideOf(points: readonly Point[], axis: Axis, power: number, below: number): GuideEnd[] {
  const last = points.at(-1)
  const before = points.at(-3)
  if (last === undefined || before === undefined) return []
  const at = (size: number): number => below * last.units * (size / last[axis]) ** power
  return [before, last].map((point, i) => ({
    kind: last.kind,
    size: point[axis],
    units: at(point[axis]),
    label: i === 0 ? `slope ${power}` : '',
  }))
}

/** A guide of each power, below the curve that takes least of those that have it; of samples below each, for they stand apart. */
function guidesOf(
  axis: Axis,
  points: readonly Point[],
  powers: Readonly<Partial<Record<Kind, number>>>,
): GuideEnd[] {
  const curves = kinds.flatMap((kind) => {
    const power = powers[kind]
    const own = points.filter((point) => point.kind === kind)
    return power === undefined ? [] : [{ power, own, last: own.at(-1)?.units ?? 0 }]
  })
  const least = curves.filter(
    (curve) =>
      axis === 'samples' || curves.every(({ power, last }) => power !== curve.power || last >= curve.last),
  )
  // Guides that share a place must not cross where their labels stand.
  return least.flatMap(({ own, power }, i) =>
    guideOf(own, axis, power, axis === 'samples' ? 0.4 : 0.4 / (1 + i)),
  )
}

/** One size against time, both axes logarithmic. */
function panel(
  axis: Axis,
  points: readonly Point[],
  powers: Readonly<Partial<Record<Kind, number>>>,
): object {
  const own = points.filter((point) => point.axis === axis)
  const sizes = [...new Set(own.map((point) => point[axis]))].sort((a, b) => a - b)
  const x = logAxis('size', axisTitles[axis], ticksOf(sizes))
  const y = logAxis('units', axis === 'samples' ? 'time, in products of 2048' : '', powersOfTen)
  const values = own.map((point) => ({ kind: labels[point.kind], size: point[axis], units: point.units }))
  const domain = kinds.map((kind) => labels[kind])
  const field = { field: 'kind', type: 'nominal' }
  const legend =
    axis === 'samples'
      ? { title: null, orient: 'top', direction: 'horizontal', labelLimit: 300, offset: 12 }
      : null
  const colour = { ...field, scale: { domain, range: kinds.map((kind) => looks[kind].colour) }, legend }
  const shape = { ...field, scale: { domain, range: kinds.map((kind) => looks[kind].shape) }, legend }
  const guides = guidesOf(axis, own, powers)
  const guided = { x, y, detail: { field: 'kind' } }
  const soft = '#646b77'
  return {
    width: 250,
    height: 280,
    layer: [
      {
        data: { values: guides },
        mark: { type: 'line', color: soft, strokeWidth: 1.2, strokeDash: [5, 5] },
        encoding: guided,
      },
      {
        data: { values: guides.filter(({ label }) => label !== '') },
        mark: { type: 'text', align: 'left', baseline: 'top', dx: 5, dy: 1, color: soft, fontSize: 11 },
        encoding: { ...guided, text: { field: 'label' } },
      },
      { data: { values }, mark: { type: 'line', strokeWidth: 1.8 }, encoding: { x, y, color: colour } },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 55, opacity: 1 },
        encoding: { x, y, color: colour, shape },
      },
    ],
  }
}

/** The sizes themselves, or powers of ten where they are many. */
function ticksOf(sizes: readonly number[]): readonly number[] {
  return sizes.length <= 8 ? sizes : [1, 10, 100, 1000]
}

/** Time of kernels against samples, layers and the side of images. */
export function scalingFigure(
  points: readonly Point[],
  powers: Readonly<Record<Axis, Readonly<Partial<Record<Kind, number>>>>>,
): Drawn {
  const spec: object = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: 'Time of NNGP and NTK together grows as pairs, layers and pairs of positions',
      subtitle:
        'ReLU, 3 × 3 filters, float64; 3 layers and images of 16 × 16 × 3 where they are not varied; processor time, medians',
    },
    hconcat: (['samples', 'depth', 'side'] as const).map((axis) => panel(axis, points, powers[axis])),
  }
  return spec as Drawn
}

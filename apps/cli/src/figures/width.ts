import type { TopLevelSpec } from 'vega-lite'
import { type Mean, meanOf } from '../measures/error-bar.js'
import type { PowerLaw } from '../measures/power-law.js'
import { withUncertainty } from '../text/number.js'
import { logAxis, withLegend } from './curves.js'
import { markOf } from './legend.js'
import type { MarkStyle } from './mark-style.js'
import { hue, ink } from './theme.js'

/** One distance at several widths, with the power of the width that was fitted to it. */
export interface WidthSeries {
  readonly label: string
  readonly law: PowerLaw
  /** One value a network; distances of the size of what is predicted, 1 is as large. */
  readonly points: readonly { readonly width: number; readonly values: readonly number[] }[]
}

type Look = Pick<MarkStyle, 'colour' | 'shape'>
const looks: readonly [Look, ...Look[]] = [
  { colour: hue.infinite, shape: 'square' },
  { colour: hue.linearized, shape: 'triangle-up' },
  { colour: hue.closedForm, shape: 'circle' },
]

/**
 * Distances of networks from what theory predicts against width, both axes logarithmic: means over networks with two error
 * bars each way, the fitted powers, and a guide of slope −1/2 below the lowest of them (Lee et al. 2019, Theorem 2.1).
 */
export function widthFigure(series: readonly WidthSeries[], title: string, subtitle: string): TopLevelSpec {
  const widths = series[0]?.points.map(({ width }) => width) ?? []
  const ends = [Math.min(...widths), Math.max(...widths)]
  const [first = 1, last = 1] = ends
  const lines = series.map(({ label, law, points }, i) => {
    const look = looks[i % looks.length] ?? looks[0]
    const dots: MarkStyle = { ...look, label, kind: 'dots', size: 70, edge: true }
    const slope = `slope ${withUncertainty(law.slope, law.slopeError)}`
    const line: MarkStyle = { label: '', colour: look.colour, kind: 'line', size: 1.8 }
    const fitted = (width: number): number => law.scale * width ** law.slope
    return { dots, line, fitted, slope, bars: points.map(barOf) }
  })
  const lowest = Math.min(...lines.map(({ fitted }) => fitted(last)))
  const guide = (width: number): number => 0.7 * lowest * Math.sqrt(last / width)
  const guideStyle: MarkStyle = {
    label: 'guide: slope −0.5',
    colour: ink.soft,
    kind: 'line',
    size: 1.4,
    dash: [5, 5],
  }
  const values = [
    ...lines.flatMap(({ bars, fitted }) => [
      ...bars.flatMap(({ low, high }) => [low, high]),
      ...ends.map(fitted),
    ]),
    ...ends.map(guide),
  ]
  const x = {
    field: 'width',
    type: 'quantitative',
    scale: { type: 'log', base: 2, nice: false, domain: ends, padding: 24 },
    axis: { title: 'width of the hidden layers', values: widths, format: 'd', grid: false },
  }
  const y = logAxis('value', 'distance, of the size of what is predicted', values, true)
  const straight = (style: MarkStyle, height: (width: number) => number): object => ({
    data: { values: [first, last].map((width) => ({ width, value: height(width) })) },
    mark: markOf(style),
    encoding: { x, y },
  })
  return withLegend(title, subtitle, [...lines.map(({ dots }) => dots), guideStyle], {
    width: 560,
    height: 340,
    layer: [
      straight(guideStyle, guide),
      ...lines.flatMap(({ dots, line, fitted, slope, bars }) => [
        straight(line, fitted),
        {
          data: { values: bars },
          mark: { type: 'rule', color: dots.colour, strokeWidth: 1.6 },
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
        },
        { data: { values: bars }, mark: markOf(dots), encoding: { x, y } },
        {
          data: { values: [{ width: last, value: fitted(last), label: slope }] },
          mark: { type: 'text', align: 'left', dx: 12, color: ink.text, fontSize: 12, clip: false },
          encoding: { x, y, text: { field: 'label' } },
        },
      ]),
    ],
  })
}

/** The mean of the logarithms and two error bars to each side; none where there is one network. */
function barOf({ width, values }: WidthSeries['points'][number]): {
  width: number
  value: number
  low: number
  high: number
} {
  const { mean, error }: Mean = meanOf(values.map(Math.log))
  const two = Number.isFinite(error) ? 2 * error : 0
  return { width, value: Math.exp(mean), low: Math.exp(mean - two), high: Math.exp(mean + two) }
}

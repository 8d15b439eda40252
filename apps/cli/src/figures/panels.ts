import type { TopLevelSpec } from 'vega-lite'
import { logAxis, withLegend } from './curves.js'
import { markOf } from './legend.js'
import type { MarkStyle } from './mark-style.js'
import { hue, ink } from './theme.js'

/** A point of a series; `low` and `high` are the ends of its error bar, or of the band at it. */
export interface PanelPoint {
  readonly x: number
  readonly y: number
  readonly low?: number
  readonly high?: number
}

/** What is drawn in one look: a line, dots (with error bars where points have them), or a band between low and high. */
export interface PanelSeries {
  readonly style: MarkStyle
  readonly points: readonly PanelPoint[]
  /** Whether it has its place in the legend; it has unless said. */
  readonly inLegend?: boolean
}

export interface Panel {
  readonly title: string
  readonly series: readonly PanelSeries[]
}

export interface AxisLook {
  readonly title: string
  readonly log?: boolean
  /** Both ends of a linear axis, where data do not say. */
  readonly domain?: readonly [number, number]
  /** Words in place of numbers: at 1, 2 and so on. */
  readonly words?: readonly string[]
}

export interface PanelsLook {
  readonly title: string
  readonly subtitle: string
  readonly x: AxisLook
  readonly y: AxisLook
  readonly columns?: number
  readonly width?: number
  readonly height?: number
  /** Whether panels share their scales; they do unless said. */
  readonly shared?: boolean
}

/** Colours of series in an order, told apart by lightness too: for a size that grows. */
export const growing: readonly string[] = ['#a6d8f0', '#56b4e9', '#2b7bba', '#3f51b5', '#27296d', '#101038']

/** Colours of series of different kinds. */
export const kinds: readonly string[] = [
  hue.closedForm,
  hue.linearized,
  hue.infinite,
  hue.accent,
  hue.network,
  '#8a6d00',
]

/** A broken grey line for what theory says of a slope or a limit. */
export const guideStyle = (label: string): MarkStyle => ({
  label,
  colour: ink.soft,
  kind: 'line',
  size: 1.4,
  dash: [5, 5],
})

function axisOf(field: string, look: AxisLook, values: readonly number[], titled: boolean): object {
  const title = titled ? look.title : null
  if (look.log === true) return logAxis(field, title, values, false)
  const words = look.words ?? []
  const ends = words.length === 0 ? look.domain : [0.5, words.length + 0.5]
  return {
    field,
    type: 'quantitative',
    scale: {
      zero: false,
      nice: false,
      padding: 8,
      ...(ends === undefined ? {} : { domain: [...ends] }),
    },
    axis: {
      title,
      grid: false,
      ...(words.length === 0
        ? { tickCount: 5, format: '~r', labelOverlap: true }
        : {
            values: words.map((_, i) => i + 1),
            labelExpr: `${JSON.stringify(words)}[datum.value - 1]`,
          }),
    },
  }
}

const usable = (look: AxisLook, value: number | undefined): boolean =>
  value === undefined || (Number.isFinite(value) && (look.log !== true || value > 0))

/** Panels side by side with one legend: lines, dots with error bars, bands. Points that an axis cannot show are left out. */
export function panelsFigure(panels: readonly Panel[], look: PanelsLook): TopLevelSpec {
  const { x: xLook, y: yLook, columns = Math.min(3, panels.length), shared = true } = look
  const { width = columns === 1 ? 520 : columns === 2 ? 330 : 250, height = columns === 1 ? 320 : 230 } = look
  const shown = panels.map(({ title, series }) => ({
    title,
    series: series.map((one) => ({
      ...one,
      points: one.points.filter(
        ({ x, y, low, high }) =>
          usable(xLook, x) && usable(yLook, y) && usable(yLook, low) && usable(yLook, high),
      ),
    })),
  }))
  const numbers = (of: typeof shown, along: 'x' | 'y'): number[] =>
    of.flatMap(({ series }) =>
      series.flatMap(({ points }) =>
        points.flatMap((p) => (along === 'x' ? [p.x] : [p.y, p.low ?? p.y, p.high ?? p.y])),
      ),
    )
  const drawing = ({ title, series }: (typeof shown)[number], index: number): object => {
    const of = shared ? shown : [shown[index] as (typeof shown)[number]]
    const last = index + columns >= panels.length
    const x = axisOf('x', xLook, numbers(of, 'x'), last)
    const y = axisOf('y', yLook, numbers(of, 'y'), index % columns === 0 || !shared)
    const low = { ...y, field: 'low' }
    return {
      title: { text: title, fontSize: 12, offset: 6 },
      width,
      height,
      layer: series.flatMap(({ style, points }): object[] => {
        const data = { values: points }
        if (style.kind === 'area')
          return [{ data, mark: markOf(style), encoding: { x, y: low, y2: { field: 'high' } } }]
        const bars = points.filter((p) => p.low !== undefined)
        return [
          ...(bars.length === 0
            ? []
            : [
                {
                  data: { values: bars },
                  mark: { type: 'rule', color: style.colour, strokeWidth: 1.2 },
                  encoding: { x, y: low, y2: { field: 'high' } },
                },
              ]),
          { data, mark: markOf(style), encoding: { x, y } },
        ]
      }),
    }
  }
  const styles = new Map<string, MarkStyle>()
  for (const { series } of panels)
    for (const { style, inLegend = true } of series)
      if (inLegend && style.label !== '' && !styles.has(style.label)) styles.set(style.label, style)
  return withLegend(look.title, look.subtitle, [...styles.values()], {
    columns,
    spacing: { row: 20, column: 28 },
    concat: shown.map(drawing),
    resolve: { scale: shared ? { x: 'shared', y: 'shared' } : { x: 'independent', y: 'independent' } },
  })
}

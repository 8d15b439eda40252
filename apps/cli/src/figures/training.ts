import type { TopLevelSpec } from 'vega-lite'
import { logTicks, withLegend } from './curves.js'
import { markOf } from './legend.js'
import type { MarkStyle } from './mark-style.js'
import { hue } from './theme.js'

/** How the curves of a training look: the broad line below, dashes on it. */
export const trainingStyles: {
  readonly network: MarkStyle
  readonly linearized: MarkStyle
  readonly moved: MarkStyle
} = {
  network: { label: 'network', colour: hue.network, kind: 'line', size: 4, opacity: 0.85 },
  linearized: { label: 'linearization', colour: hue.linearized, kind: 'line', size: 2, dash: [7, 5] },
  moved: { label: 'outputs, from their start', colour: hue.infinite, kind: 'line', size: 2, dash: [2, 3] },
}

export interface TrainingCurve {
  readonly style: MarkStyle
  /** By step; numbers that are not finite are left out. */
  readonly points: readonly { readonly step: number; readonly value: number }[]
}

export interface TrainingPanel {
  readonly header: string
  readonly curves: readonly TrainingCurve[]
}

/** Over so many times its smallest a quantity is drawn on a logarithmic axis. */
const wide = 30

/** Curves against the step of training, a panel a set of samples, on one scale. */
export function trainingFigure(
  panels: readonly TrainingPanel[],
  axis: { readonly title: string; readonly kind: 'share' | 'positive' },
  title: string,
  subtitle: string,
): TopLevelSpec {
  const values = panels.flatMap(({ curves }) =>
    curves.flatMap(({ points }) => points.map(({ value }) => value)),
  )
  const positive = values.filter((value) => value > 0 && Number.isFinite(value))
  const isLog = axis.kind === 'positive' && Math.max(...positive) > wide * Math.min(...positive)
  const usable = (value: number): boolean => Number.isFinite(value) && (!isLog || value > 0)
  const width = Math.floor((780 - 40 * (panels.length - 1)) / panels.length)
  const scale = isLog ? { type: 'log', nice: false, padding: 8 } : { zero: false, nice: true, padding: 8 }
  const drawn = panels.map(({ header, curves }, i) => ({
    ...(panels.length === 1 ? {} : { title: { text: header, fontSize: 12, offset: 8 } }),
    width,
    height: 260,
    layer: curves.map(({ style, points }) => ({
      data: { values: points.filter(({ value }) => usable(value)) },
      mark: markOf(style),
      encoding: {
        x: {
          field: 'step',
          type: 'quantitative',
          scale: { nice: false },
          axis: { title: 'step', grid: false, tickCount: 6, format: '~s' },
        },
        y: {
          field: 'value',
          type: 'quantitative',
          scale,
          axis: {
            title: i === 0 ? axis.title : null,
            ...(isLog ? { values: logTicks(positive) } : { tickCount: 6 }),
            format: axis.kind === 'share' ? '~p' : '~g',
            labelOverlap: true,
          },
        },
      },
    })),
  }))
  const styles = panels.flatMap(({ curves }) => curves.map(({ style }) => style))
  const legend = styles.filter((style, i) => styles.findIndex(({ label }) => label === style.label) === i)
  return withLegend(title, subtitle, legend, { hconcat: drawn, resolve: { scale: { y: 'shared' } } })
}

import type { TopLevelSpec } from 'vega-lite'
import { withLegend } from './curves.js'
import { markOf } from './legend.js'
import type { MarkStyle } from './mark-style.js'
import { hue, ink } from './theme.js'

/** One output on one test point after training: what was predicted and what the network says. */
export interface ScatterPoint {
  readonly predicted: number
  readonly network: number
  /** Whether the output is that of the point's own class. */
  readonly own: boolean
}

const styles: { readonly other: MarkStyle; readonly own: MarkStyle } = {
  other: {
    label: 'outputs of the other classes',
    colour: hue.network,
    kind: 'dots',
    size: 20,
    opacity: 0.55,
  },
  own: {
    label: 'output of the own class',
    colour: hue.linearized,
    kind: 'dots',
    size: 34,
    shape: 'triangle-up',
    opacity: 0.75,
  },
}

/** Final test outputs of the network against the closed form, with the line on which they are equal. */
export function scatterFigure(
  points: readonly ScatterPoint[],
  title: string,
  subtitle: string,
): TopLevelSpec {
  const all = points.flatMap((point) => [point.predicted, point.network])
  const low = Math.min(...all)
  const high = Math.max(...all)
  const room = 0.04 * (high - low || 1)
  const domain = [low - room, high + room]
  const axis = (field: string, title: string): object => ({
    field,
    type: 'quantitative',
    scale: { domain, nice: false, zero: false },
    axis: { title, tickCount: 6, format: '~g' },
  })
  const encoding = { x: axis('predicted', 'closed form f(x)'), y: axis('network', 'trained network f(x)') }
  const dots = (own: boolean): object => ({
    data: {
      values: points
        .filter((point) => point.own === own)
        .map(({ predicted, network }) => ({ predicted, network })),
    },
    mark: markOf(own ? styles.own : styles.other),
    encoding,
  })
  const equal = {
    data: { values: domain.map((value) => ({ predicted: value, network: value })) },
    mark: { type: 'line', color: ink.soft, strokeWidth: 1, strokeDash: [5, 4] },
    encoding,
  }
  return withLegend(title, subtitle, [styles.own, styles.other], {
    width: 420,
    height: 420,
    layer: [dots(false), dots(true), equal],
  })
}

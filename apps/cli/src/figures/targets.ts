import type { TopLevelSpec } from 'vega-lite'
import { withLegend } from './curves.js'
import { markOf } from './legend.js'
import type { MarkStyle } from './mark-style.js'
import { hue, ink } from './theme.js'

/** A target, and the Gaussian that was predicted for it. */
export interface TargetPoint {
  readonly target: number
  readonly mean: number
  readonly deviation: number
}

const dots: MarkStyle = {
  label: 'predicted mean',
  colour: hue.closedForm,
  kind: 'dots',
  size: 26,
  opacity: 0.8,
}
const equal: MarkStyle = { label: 'equal', colour: ink.soft, kind: 'line', size: 1, dash: [5, 4] }

/** Predicted means with their standard deviations against targets, with the line on which they are equal. */
export function targetsFigure(points: readonly TargetPoint[], title: string, subtitle: string): TopLevelSpec {
  const all = points.flatMap(({ target, mean }) => [target, mean])
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const room = 0.05 * (high - low || 1)
  const domain = [low - room, high + room] as const
  const values = points.map(({ target, mean, deviation }) => ({
    target,
    mean,
    low: Math.max(domain[0], mean - 2 * deviation),
    high: Math.min(domain[1], mean + 2 * deviation),
  }))
  const axis = (field: string, name: string): object => ({
    field,
    type: 'quantitative',
    scale: { domain, nice: false, zero: false },
    axis: { title: name, tickCount: 6, format: '~g' },
  })
  const encoding = { x: axis('target', 'target'), y: axis('mean', 'prediction') }
  return withLegend(title, subtitle, [dots, equal], {
    width: 420,
    height: 420,
    layer: [
      {
        data: { values },
        mark: { type: 'rule', color: hue.network, strokeWidth: 1, opacity: 0.5 },
        encoding: { x: encoding.x, y: axis('low', 'prediction'), y2: { field: 'high' } },
      },
      {
        data: { values: domain.map((value) => ({ target: value, mean: value })) },
        mark: markOf(equal),
        encoding,
      },
      { data: { values }, mark: markOf(dots), encoding },
    ],
  })
}

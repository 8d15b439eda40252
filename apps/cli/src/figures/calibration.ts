import type { TopLevelSpec } from 'vega-lite'
import { withLegend } from './curves.js'
import { markOf } from './legend.js'
import type { MarkStyle } from './mark-style.js'
import { hue, ink } from './theme.js'

/** What was promised, what came true, and the standard error of that. */
export interface PromisePoint {
  readonly promised: number
  readonly found: number
  readonly error: number
}

const style: MarkStyle = { label: 'test samples', colour: hue.closedForm, kind: 'dots', size: 50 }
const kept: MarkStyle = { label: 'promise kept', colour: ink.soft, kind: 'line', size: 1, dash: [5, 4] }

/** Shares that came true against those that were promised. */
export function calibrationFigure(
  points: readonly PromisePoint[],
  names: { readonly x: string; readonly y: string },
  title: string,
  subtitle: string,
): TopLevelSpec {
  const low = Math.max(
    0,
    Math.min(...points.map(({ promised, found, error }) => Math.min(promised, found - 2 * error))) - 0.03,
  )
  const domain = [low, 1]
  const axis = (field: string, name: string): object => ({
    field,
    type: 'quantitative',
    scale: { domain, nice: false, zero: false },
    axis: { title: name, tickCount: 5, format: '~%' },
  })
  const encoding = { x: axis('promised', names.x), y: axis('found', names.y) }
  const values = points.map(({ promised, found, error }) => ({
    promised,
    found,
    low: Math.max(low, found - 2 * error),
    high: Math.min(1, found + 2 * error),
  }))
  return withLegend(title, subtitle, [style, kept], {
    width: 400,
    height: 400,
    layer: [
      {
        data: { values: domain.map((value) => ({ promised: value, found: value })) },
        mark: markOf(kept),
        encoding,
      },
      {
        data: { values },
        mark: { type: 'rule', color: style.colour, strokeWidth: 1.2 },
        encoding: { x: encoding.x, y: axis('low', names.y), y2: { field: 'high' } },
      },
      { data: { values }, mark: markOf(style), encoding },
    ],
  })
}

import type { TopLevelSpec } from 'vega-lite'
import { logAxis, withLegend } from './curves.js'
import { markOf } from './legend.js'
import type { MarkStyle } from './mark-style.js'
import { hue } from './theme.js'

/** A mean score of models of one size, with its standard error (NaN of one model). */
export interface LearningPoint {
  readonly n: number
  readonly mean: number
  readonly error: number
}

const line: Omit<MarkStyle, 'label'> = { colour: hue.closedForm, kind: 'line', size: 1.8 }
const dots: MarkStyle = {
  label: 'mean over random parts',
  colour: hue.closedForm,
  kind: 'dots',
  size: 50,
  edge: true,
}

/** Score on a test set against the number of samples that were fitted. */
export function learningCurveFigure(
  points: readonly LearningPoint[],
  score: string,
  title: string,
  subtitle: string,
): TopLevelSpec {
  const values = points.map(({ n, mean, error }) => {
    const two = Number.isFinite(error) ? 2 * error : 0
    return { n, mean, low: mean - two, high: mean + two }
  })
  const x = logAxis(
    'n',
    'samples fitted',
    points.map(({ n }) => n),
    false,
  )
  const y = (field: string): object => ({
    field,
    type: 'quantitative',
    scale: { zero: false, padding: 8 },
    axis: { title: score, tickCount: 6, format: '~g' },
  })
  return withLegend(title, subtitle, [dots], {
    width: 400,
    height: 400,
    layer: [
      { data: { values }, mark: markOf({ ...line, label: '' }), encoding: { x, y: y('mean') } },
      {
        data: { values },
        mark: { type: 'rule', color: hue.closedForm, strokeWidth: 1.2 },
        encoding: { x, y: y('low'), y2: { field: 'high' } },
      },
      { data: { values }, mark: markOf(dots), encoding: { x, y: y('mean') } },
    ],
  })
}

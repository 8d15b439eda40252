import type { TopLevelSpec } from 'vega-lite'
import { type CurveName, curveLayer, curveOrder, stepAxis, withLegend } from './curves.js'
import { markOf } from './legend.js'
import type { MarkStyle } from './mark-style.js'
import { curveStyles, hue } from './theme.js'

/** One output of the network at one test point, at one step. */
export interface OutputPoint {
  readonly curve: CurveName
  /** Which panel: for example `test image 4, output "3"`. */
  readonly panel: string
  readonly step: number
  readonly value: number
}

/** Mean and standard deviation of an output over the ensemble of infinitely wide networks. */
export interface OutputBand {
  readonly panel: string
  readonly step: number
  readonly mean: number
  readonly sigma: number
}

const bandStyle: MarkStyle = {
  label: 'infinite width, ± 2σ',
  colour: hue.infinite,
  kind: 'area',
  size: 0,
  opacity: 0.16,
}
const columns = 3
const width = 236

/**
 * Some outputs on test points through training, one panel each: the network, its linearization and the closed form,
 * and around them where 95 % of infinitely wide networks are (mean ± 2 standard deviations).
 */
export function outputsFigure(
  points: readonly OutputPoint[],
  bands: readonly OutputBand[],
  title: string,
  subtitle: string,
): TopLevelSpec {
  const lines = [
    ...points,
    ...bands.map(({ panel, step, mean }): OutputPoint => ({ curve: 'infinite', panel, step, value: mean })),
  ]
  const present = curveOrder.filter((name) => lines.some((point) => point.curve === name))
  // Networks that all do the same have no band.
  const area = (bands.some(({ sigma }) => sigma > 0) ? bands : []).map(({ panel, step, mean, sigma }) => ({
    panel,
    step,
    low: mean - 2 * sigma,
    high: mean + 2 * sigma,
  }))
  const panels = [...new Set(points.map((point) => point.panel))]
  const steps = lines.map((point) => point.step)
  const drawing = (panel: string, index: number): object => {
    const last = index + columns >= panels.length
    const x = stepAxis(last ? 'step of gradient descent' : null, steps, width)
    const axis = { title: index % columns === 0 ? 'output f(x)' : null, tickCount: 4, format: '~g' }
    const y = { type: 'quantitative', axis }
    const curve = (name: CurveName): object[] =>
      lines
        .filter((point) => point.panel === panel && point.curve === name)
        .map(({ step, value }) => ({ step, value }))
    return {
      title: { text: panel, fontSize: 12, offset: 6 },
      width,
      height: 150,
      layer: [
        {
          data: { values: area.filter((point) => point.panel === panel) },
          mark: markOf(bandStyle),
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
        },
        ...present.map((name) => curveLayer(name, curve(name), { x, y: { ...y, field: 'value' } }, 5)),
      ],
    }
  }
  const styles = [...present.map((name) => curveStyles[name]), ...(area.length > 0 ? [bandStyle] : [])]
  return withLegend(title, subtitle, styles, {
    columns,
    spacing: { row: 18, column: 26 },
    concat: panels.map(drawing),
    resolve: { scale: { y: 'shared' } },
  })
}

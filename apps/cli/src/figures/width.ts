import type { TopLevelSpec } from 'vega-lite'

import type { PowerLaw } from '../measures/power-law.js'
import { shortNumber, withUncertainty } from '../text/number.js'
import { logAxis, withLegend } from './curves.js'
import { markOf } from './legend.js'
import type { MarkStyle } from './mark-style.js'

import { hue, ink } from './theme.js'

/** How far the trained network of one width is from its prediction. */
export interface WidthPoint {
  readonly width: number
  /** Root mean square over test points and outputs. */
  readonly rmse: number
}

/**
 * Distance between trained networks and their predictions against width, both axes logarithmic, with the fitted power
 * and the guide width^(-1/2) through the first fitted value (Lee et al. 2019, Theorem 2.1).
 */
export function widthFigure(
  points: readonly WidthPoint[],
  law: PowerLaw,
  title: string,
  subtitle: string,
): TopLevelSpec {
  const widths = points.map((point) => point.width)
  const ends = [Math.min(...widths), Math.max(...widths)]
  const [first = 1] = ends
  const fitted = (width: number): number => law.scale * width ** law.slope
  // The guide runs a little below the fit, so that two lines of one slope are still two lines.
  const guide = (width: number): number => 0.8 * fitted(first) * Math.sqrt(first / width)
  const fitStyle: MarkStyle = {
    label: `fit, slope ${withUncertainty(law.slope, law.slopeError)}`,
    colour: hue.linearized,
    kind: 'line',
    size: 2,
  }
  const guideStyle: MarkStyle = {
    label: 'guide, slope −0.5',
    colour: ink.soft,
    kind: 'line',
    size: 1.4,
    dash: [5, 5],
  }
  const pointStyle: MarkStyle = {
    label: 'trained networks',
    colour: hue.closedForm,
    kind: 'dots',
    size: 70,
    edge: true,
  }
  const values = [
    ...points.map((point) => point.rmse),
    ...ends.flatMap((width) => [fitted(width), guide(width)]),
  ]
  const encoding = {
    x: {
      field: 'width',
      type: 'quantitative',
      scale: { type: 'log', base: 2, nice: false, padding: 30 },
      axis: { title: 'width of the hidden layers', values: widths, format: 'd', grid: false },
    },
    y: logAxis('rmse', 'RMSE of test outputs, network − closed form', values, true),
  }
  const line = (style: MarkStyle, height: (width: number) => number): object => ({
    data: { values: ends.map((width) => ({ width, rmse: height(width) })) },
    mark: markOf(style),
    encoding,
  })
  const labels = {
    data: { values: points.map((point) => ({ ...point, label: shortNumber(point.rmse, 2) })) },
    mark: { type: 'text', align: 'left', dx: 8, dy: -9, color: ink.text, fontSize: 11 },
    encoding: { ...encoding, text: { field: 'label' } },
  }
  return withLegend(title, subtitle, [pointStyle, fitStyle, guideStyle], {
    width: 460,
    height: 320,
    layer: [
      line(guideStyle, guide),
      line(fitStyle, fitted),
      { data: { values: points }, mark: markOf(pointStyle), encoding },
      labels,
    ],
  })
}

import type { TopLevelSpec } from 'vega-lite'
import { hue, ink } from './theme.js'

/** Counts by true class (rows) and predicted class (columns), shown as shares of each row. */
export function confusionFigure(
  classes: readonly string[],
  counts: readonly (readonly number[])[],
  title: string,
  subtitle: string,
): TopLevelSpec {
  const values = counts.flatMap((row, i) => {
    const total = row.reduce((a, b) => a + b, 0)
    return row.map((count, j) => {
      const share = total === 0 ? 0 : count / total
      return {
        truth: classes[i],
        found: classes[j],
        share,
        text: count === 0 ? '' : String(Math.round(100 * share)),
        // White on the darkest cells, and on others whatever the page has for text.
        strong: share > 0.55,
      }
    })
  })
  const axis = (field: string, name: string): object => ({
    field,
    type: 'nominal',
    sort: [...classes],
    axis: { title: name, labelAngle: 0, domain: false, ticks: false, labelOverlap: true, labelLimit: 90 },
  })
  const encoding = { x: axis('found', 'predicted class'), y: axis('truth', 'true class') }
  const cell = Math.max(16, Math.min(46, 520 / classes.length))
  const size = Math.round(cell * classes.length)
  const numbers = (strong: boolean): object => ({
    transform: [{ filter: `datum.strong === ${strong}` }],
    mark: { type: 'text', fontSize: 11, color: strong ? '#fefefe' : ink.text },
    encoding: { ...encoding, text: { field: 'text' } },
  })
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, subtitle },
    data: { values },
    width: size,
    height: size,
    layer: [
      {
        mark: { type: 'rect', color: hue.closedForm, stroke: ink.grid, strokeWidth: 0.6 },
        encoding: {
          ...encoding,
          fillOpacity: {
            field: 'share',
            type: 'quantitative',
            scale: { domain: [0, 1], range: [0, 1] },
            legend: null,
          },
        },
      },
      ...(classes.length > 26 ? [] : [numbers(false), numbers(true)]),
    ],
  } as TopLevelSpec
}

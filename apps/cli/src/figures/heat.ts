import type { TopLevelSpec } from 'vega-lite'
import { withLegend } from './curves.js'
import { markOf } from './legend.js'
import type { MarkStyle } from './mark-style.js'
import { ink } from './theme.js'

/** A number at each point of a grid; NaN is left blank. */
export interface Heat {
  readonly xs: readonly number[]
  readonly ys: readonly number[]
  /** By rows of y, [ys, xs]. */
  readonly values: readonly number[]
  readonly xTitle: string
  readonly yTitle: string
  /** What the colour is, with a format of d3: `~g`. */
  readonly title: string
  readonly format: string
}

/** A line over it. */
export interface HeatLine {
  readonly style: MarkStyle
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

const size = { width: 480, height: 320 }

/**
 * Edges of the cells around points: half-way to the neighbours, and not beyond the ends of the grid. Each reaches a pixel below the next,
 * else seams show between them.
 */
function edges(points: readonly number[], pixels: number): [number, number][] {
  const overlap = ((points.at(-1) as number) - (points[0] as number)) / pixels
  return points.map((point, i) => {
    const [before = point, after] = [points[i - 1], points[i + 1]]
    return [(before + point) / 2, after === undefined ? point : (point + after) / 2 + overlap]
  })
}

/** A map in colours of even lightness (viridis), with lines over it. */
export function heatFigure(
  heat: Heat,
  lines: readonly HeatLine[],
  title: string,
  subtitle: string,
): TopLevelSpec {
  const [across, up] = [edges(heat.xs, size.width), edges(heat.ys, size.height)]
  const cells = heat.values.flatMap((value, i) => {
    const [x, x2] = across[i % heat.xs.length] ?? []
    const [y, y2] = up[Math.floor(i / heat.xs.length)] ?? []
    return Number.isFinite(value) ? [{ x, x2, y, y2, value }] : []
  })
  const ends = (points: readonly number[]): [number, number] => [points[0] as number, points.at(-1) as number]
  const axis = (field: string, text: string, points: readonly number[]): object => ({
    field,
    type: 'quantitative',
    scale: { domain: ends(points), nice: false, zero: false },
    axis: { title: text, grid: false, tickCount: 6 },
  })
  const x = axis('x', heat.xTitle, heat.xs)
  const y = axis('y', heat.yTitle, heat.ys)
  const shown = lines.filter(({ points }) => points.length > 1)
  return withLegend(
    title,
    subtitle,
    shown.map(({ style }) => style),
    {
      ...size,
      layer: [
        {
          data: { values: cells },
          mark: { type: 'rect' },
          encoding: {
            x,
            x2: { field: 'x2' },
            y,
            y2: { field: 'y2' },
            color: {
              field: 'value',
              type: 'quantitative',
              scale: { scheme: 'viridis' },
              legend: {
                type: 'gradient',
                title: heat.title,
                titleColor: ink.text,
                titleFontWeight: 400,
                labelColor: ink.soft,
                format: heat.format,
                gradientLength: 200,
                titleLimit: 240,
              },
            },
          },
        },
        ...shown.map(({ style, points }) => ({
          data: { values: points.map((point, order) => ({ ...point, order })) },
          mark: { ...markOf(style), clip: true },
          encoding: { x, y, order: { field: 'order', type: 'quantitative' } },
        })),
      ],
    },
  )
}

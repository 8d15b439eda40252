import { readFileSync } from 'node:fs'
import { fontFiles, type Measure, measureFont } from './fonts.js'
import type { MarkStyle } from './mark-style.js'
import { ink } from './theme.js'

/** The mark of a style as Vega-Lite wants it. */
export function markOf(style: MarkStyle): object {
  if (style.kind === 'area') return { type: 'area', color: style.colour, opacity: style.opacity ?? 0.16 }
  if (style.kind === 'dots') {
    return {
      type: 'point',
      filled: true,
      color: style.colour,
      size: style.size,
      shape: style.shape ?? 'circle',
      opacity: style.opacity ?? 1,
      stroke: ink.background,
      strokeWidth: style.edge === true ? 0.8 : 0,
    }
  }
  return {
    type: 'line',
    color: style.colour,
    strokeWidth: style.size,
    strokeDash: [...(style.dash ?? [1, 0])],
    strokeCap: style.dash === undefined ? 'round' : 'butt',
    strokeJoin: 'round',
    opacity: style.opacity ?? 1,
  }
}

let measured: Measure | undefined

function measure(text: string): number {
  const file = fontFiles()[0]
  if (file === undefined) return 0.6 * text.length
  measured ??= measureFont(new Uint8Array(readFileSync(file)))
  return measured(text)
}

const symbol = 34
const gap = 8
const between = 24
const fontSize = 12

/**
 * A legend in one row, drawn with the very marks that it explains. Vega's own legends cannot show width, dash and dots
 * of several layers together.
 */
export function legendRow(styles: readonly MarkStyle[]): object {
  const starts: number[] = []
  let width = 0
  for (const style of styles) {
    starts.push(width)
    width += symbol + gap + measure(style.label) * fontSize + between
  }
  const x = axisless('x', [0, Math.ceil(width)])
  const y = axisless('y', [0, 1])
  const marks = styles.map((style, i) => {
    const ends = style.kind === 'dots' ? [0.14, 0.5, 0.86] : [0.04, 0.96]
    const base = style.kind === 'area' ? 0.05 : 0.5
    return {
      data: { values: ends.map((end) => ({ x: (starts[i] ?? 0) + end * symbol, y: base, top: 0.95 })) },
      mark: markOf(style),
      encoding: { x, y, ...(style.kind === 'area' ? { y2: { field: 'top' } } : {}) },
    }
  })
  const labels = styles.map(({ label }, i) => ({ x: (starts[i] ?? 0) + symbol + gap, y: 0.5, label }))
  return {
    width: Math.ceil(width),
    height: 14,
    layer: [
      ...marks,
      {
        data: { values: labels },
        mark: { type: 'text', align: 'left', baseline: 'middle', fontSize, color: ink.text },
        encoding: { x, y, text: { field: 'label' } },
      },
    ],
  }
}

function axisless(field: string, domain: readonly number[]): object {
  return { field, type: 'quantitative', axis: null, scale: { domain, nice: false, zero: false } }
}

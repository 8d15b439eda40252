import type { TopLevelSpec } from 'vega-lite'
import { logAxis, withLegend } from './curves.js'
import { markOf } from './legend.js'
import type { MarkStyle } from './mark-style.js'
import { hue } from './theme.js'

/** The eigenvalues of one kernel, largest first. */
export interface Spectrum {
  readonly name: string
  readonly eigenvalues: readonly number[]
}

type Look = Omit<MarkStyle, 'label'>
const looks: readonly [Look, ...Look[]] = [
  { colour: hue.network, kind: 'dots', size: 70, edge: true },
  { colour: hue.closedForm, kind: 'line', size: 1.8 },
  { colour: hue.linearized, kind: 'line', size: 1.8, dash: [6, 4] },
]

interface Point {
  readonly rank: number
  readonly value: number
}

const size = { width: 520, height: 300 }

/** Without the dots that would cover each other: the next one shown stands a few pixels off. */
function apart(points: readonly Point[], all: readonly Point[]): Point[] {
  const decades = (of: (point: Point) => number): number =>
    Math.log10(Math.max(...all.map(of)) / Math.min(...all.map(of))) || 1
  const [across, down] = [size.width / decades((p) => p.rank), size.height / decades((p) => p.value)]
  const shown: Point[] = []
  points.forEach((point, i) => {
    const last = shown.at(-1)
    const distance =
      last === undefined
        ? Number.POSITIVE_INFINITY
        : Math.hypot(across * Math.log10(point.rank / last.rank), down * Math.log10(point.value / last.value))
    if (distance < 5 && i === points.length - 1 && shown.length > 1) shown.pop()
    if (distance >= 5 || i === points.length - 1) shown.push(point)
  })
  return shown
}

/**
 * Eigenvalues against rank, both axes logarithmic. Every eigenvector is learnt at the rate of its eigenvalue, so the
 * spectrum says what is learnt by when.
 */
export function spectrumFigure(spectra: readonly Spectrum[], title: string, subtitle: string): TopLevelSpec {
  const styles = spectra.map(
    (spectrum, i): MarkStyle => ({ ...(looks[i % looks.length] ?? looks[0]), label: spectrum.name }),
  )
  const points = spectra.map(({ eigenvalues }) =>
    eigenvalues.map((value, index) => ({ rank: index + 1, value })).filter((point) => point.value > 0),
  )
  const encoding = {
    x: logAxis(
      'rank',
      'rank of the eigenvalue',
      points.flat().map((point) => point.rank),
      false,
    ),
    y: logAxis(
      'value',
      'eigenvalue of the kernel matrix',
      points.flat().map((point) => point.value),
      true,
    ),
  }
  return withLegend(title, subtitle, styles, {
    ...size,
    layer: styles.map((style, i) => {
      const values = points[i] ?? []
      return {
        data: { values: style.kind === 'dots' ? apart(values, points.flat()) : values },
        mark: markOf(style),
        encoding,
      }
    }),
  })
}

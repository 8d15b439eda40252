import type { TopLevelSpec } from 'vega-lite'
import type { MarkStyle } from '../../figures/mark-style.js'
import {
  guideStyle,
  type Panel,
  type PanelPoint,
  type PanelSeries,
  panelsFigure,
} from '../../figures/panels.js'
import { hue } from '../../figures/theme.js'
import type { Mean } from '../../measures/error-bar.js'
import { type Architecture, architectures } from './networks.js'
import type { FactorNumbers } from './numbers.js'
import type { Published } from './published.js'

export const pairStyles: Readonly<Record<'network' | 'linearized' | 'faster', Omit<MarkStyle, 'label'>>> = {
  network: { colour: hue.network, kind: 'dots', size: 65 },
  linearized: { colour: hue.linearized, kind: 'dots', size: 65, shape: 'square' },
  faster: { colour: hue.infinite, kind: 'dots', size: 65, shape: 'diamond' },
}

/** Dots with two error bars, and a line that joins them. */
export function joined(style: MarkStyle, points: readonly PanelPoint[], inLegend = true): PanelSeries[] {
  return [
    {
      style: { ...style, kind: 'line', size: 1.4, opacity: 0.7 },
      points: points.map(({ x, y }) => ({ x, y })),
      inLegend: false,
    },
    { style, points, inLegend },
  ]
}

export const pointOf = (x: number, { mean, error }: Mean): PanelPoint =>
  Number.isFinite(error) ? { x, y: mean, low: mean - 2 * error, high: mean + 2 * error } : { x, y: mean }

export interface AccuraciesLook {
  readonly title: string
  readonly subtitle: string
  readonly architecture: Architecture
  /** What the paper has for these images; null for others. */
  readonly published: Published | null
  readonly linearRate: number | null
}

/** Accuracies on test and on training images against the width factor; null for one factor alone. */
export function accuraciesFigure(
  byFactor: readonly FactorNumbers[],
  look: AccuraciesLook,
): TopLevelSpec | null {
  if (byFactor.length === 0) return null
  const { title, linearized } = architectures[look.architecture]
  const labels = {
    network: title,
    linearized: look.linearRate === null ? linearized : `${linearized}, same rate`,
    faster: `${linearized}, rate ${look.linearRate}`,
  }
  const panels = (['test', 'train'] as const).map((set): Panel => {
    const series = (['network', 'linearized', 'faster'] as const).flatMap((kind): PanelSeries[] => {
      const points = byFactor.flatMap((one) => {
        const found = one[kind]
        return found === null ? [] : [pointOf(one.factor, found[set])]
      })
      return points.length === 0 ? [] : joined({ ...pairStyles[kind], label: labels[kind] }, points)
    })
    return {
      title: set === 'test' ? 'test images' : 'training images',
      series: [...paperSeries(look, byFactor, set), ...series],
    }
  })
  return panelsFigure(panels, {
    title: look.title,
    subtitle: look.subtitle,
    x: { title: 'width factor', log: true },
    y: { title: 'accuracy, %' },
    columns: 2,
  })
}

function paperSeries(
  { published }: AccuraciesLook,
  byFactor: readonly FactorNumbers[],
  set: 'test' | 'train',
): PanelSeries[] {
  if (published === null) return []
  const factors = byFactor.map(({ factor }) => factor)
  const inside = published.factors.filter((one) => one >= Math.min(...factors) && one <= Math.max(...factors))
  return [published.network, published.linearized, published.faster].flatMap((values, i): PanelSeries[] =>
    values === undefined || inside.length === 0
      ? []
      : [
          {
            style: guideStyle('the paper'),
            points: inside.map((x) => ({ x, y: values[set][published.factors.indexOf(x)] ?? Number.NaN })),
            inLegend: i === 0,
          },
        ],
  )
}

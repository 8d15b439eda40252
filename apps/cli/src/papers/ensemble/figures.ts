import type { TopLevelSpec } from 'vega-lite'
import type { Done } from '../../experiment/experiment.js'
import type { ResultsOf } from '../../experiment/stage.js'
import type { MarkStyle } from '../../figures/mark-style.js'
import { type Panel, type PanelPoint, panelsFigure } from '../../figures/panels.js'
import { hue, ink } from '../../figures/theme.js'
import { meanOf } from '../../measures/error-bar.js'
import { type EnsembleNumbers, rowOf } from './numbers.js'
import type { EnsembleSetup, EnsembleStages } from './stages.js'

export type EnsembleDone = Done<EnsembleSetup, ResultsOf<EnsembleStages>, EnsembleNumbers>

const styles: Readonly<Record<'networks' | 'theory' | 'readout' | 'single', MarkStyle>> = {
  networks: {
    label: 'trained networks: mean, ± 2 standard deviations',
    colour: ink.text,
    kind: 'line',
    size: 1.6,
    dash: [5, 4],
  },
  theory: { label: 'infinite width (Equations 14 and 15)', colour: hue.closedForm, kind: 'line', size: 1.8 },
  readout: { label: 'readout alone (S22 and S23)', colour: hue.linearized, kind: 'line', size: 1.4 },
  single: { label: 'one network each', colour: ink.text, kind: 'line', size: 0.6, opacity: 0.35 },
}

export function bandsFigure({ setup, results }: EnsembleDone): TopLevelSpec {
  const { alphas, times, config } = setup
  const { mean, sigma, readout_mean, readout_sigma } = results.theory.arrays
  const band = (mu: ArrayLike<number>, spread: ArrayLike<number>): PanelPoint[] =>
    alphas.map((x, i) => {
      const [centre, two] = [mu[i] ?? 0, 2 * (spread[i] ?? 0)]
      return { x, y: centre, low: centre - two, high: centre + two }
    })
  const edges = (points: readonly PanelPoint[]): PanelPoint[][] => [
    points.map(({ x, y }) => ({ x, y })),
    points.map(({ x, low = 0 }) => ({ x, y: low })),
    points.map(({ x, high = 0 }) => ({ x, y: high })),
  ]
  const panels = times.map((time, t): Panel => {
    const outputs = results.networks.map(({ arrays }) => rowOf(arrays.outputs, t))
    const moments = alphas.map((_, i) => {
      const values = outputs.map((row) => row[i] ?? 0)
      const { mean: centre } = meanOf(values)
      const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1))
      return { centre, spread }
    })
    const own = band(rowOf(mean, t), rowOf(sigma, t))
    const readout = band(rowOf(readout_mean, t), rowOf(readout_sigma, t))
    const trained = band(
      moments.map(({ centre }) => centre),
      moments.map(({ spread }) => spread),
    )
    const bare = (points: readonly PanelPoint[]): PanelPoint[] => points.map(({ x, y }) => ({ x, y }))
    return {
      title: `step ${time}`,
      series: [
        { style: { ...styles.readout, kind: 'area', opacity: 0.12, label: '' }, points: readout },
        { style: { ...styles.theory, kind: 'area', opacity: 0.22, label: '' }, points: own },
        { style: styles.readout, points: bare(readout) },
        { style: styles.theory, points: bare(own) },
        ...edges(trained).map((points, i) => ({ style: styles.networks, points, inLegend: i === 0 })),
      ],
    }
  })
  return panelsFigure(panels, {
    title: 'Trained networks are spread as the theory has it, through training',
    subtitle: `${config.networks} networks of ${config.depth} hidden layers of ${config.width}, Tanh, |D| = ${config.train}; outputs between two training inputs`,
    x: { title: 'α', domain: [0, 1] },
    y: { title: 'output f(x(α))' },
    columns: 2,
  })
}

export function drawsFigure({ setup, results }: EnsembleDone): TopLevelSpec {
  const { alphas, times, config } = setup
  const panels = times.map(
    (time, t): Panel => ({
      title: `step ${time}`,
      series: [
        ...results.networks.map(({ arrays }) => ({
          style: styles.single,
          points: [...rowOf(arrays.outputs, t)].map((y, i) => ({ x: alphas[i] ?? 0, y })),
        })),
        {
          style: styles.theory,
          points: [...rowOf(results.theory.arrays.mean, t)].map((y, i) => ({ x: alphas[i] ?? 0, y })),
        },
      ],
    }),
  )
  return panelsFigure(panels, {
    title: 'The functions that single networks learn',
    subtitle: `${config.networks} initializations, each a line`,
    x: { title: 'α', domain: [0, 1] },
    y: { title: 'output f(x(α))' },
    columns: 2,
  })
}

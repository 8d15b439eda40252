import { type Component, defineComponent, h, ref, type VNode } from 'vue'
import { demoFrame } from '../../demo/around.js'
import { action, slider } from '../../demo/controls.js'
import { activationChoice, depthSlider } from '../../demo/network-controls.js'
import { axes, linear, linePath, logarithmic } from '../../demo/plot.js'
import { useDemo } from '../../demo/use-demo.js'
import { usePictures } from '../../demo/use-pictures.js'
import still from '../../generated/widths.still.json'
import { code } from './code.js'
import type { WidthRow, WidthsResult, WidthsSettings } from './compute.js'
import { widths as allWidths, grid } from './grids.js'
import { start } from './start.js'

const activations = ['Erf', 'Relu', 'Sin', 'Gelu'] as const

/** Slope of a line through points in logarithms, by least squares. */
function slopeOf(rows: readonly WidthRow[], name: 'start' | 'trained'): string {
  const x = rows.map(({ width }) => Math.log(width))
  const y = rows.map((row) => Math.log(row[name]))
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  const over = x.reduce((so, value, i) => so + (value - mx) * ((y[i] ?? 0) - my), 0)
  return (over / x.reduce((so, value) => so + (value - mx) ** 2, 0)).toFixed(2).replace('-', '−')
}

/** Networks of many widths, trained in the page beside their predictions. */
export const Widths: Component = defineComponent({
  name: 'DemoWidths',
  setup() {
    const demo = useDemo<WidthsSettings, WidthsResult>('widths', start, still, false)
    const { settings, set, result } = demo
    const shown = ref(1)
    const { frameOf, draw } = usePictures({
      count: 2,
      height: 300,
      start: 320,
      margins: { left: 48, right: 14, top: 28 },
      role: 'img',
    })

    const outputs = (): VNode => {
      const frame = frameOf(0)
      const row = result.value.rows[Math.min(shown.value, result.value.rows.length - 1)]
      const x = linear([-1, 1], [frame.left, frame.right])
      const y = linear([-2, 2], [frame.bottom, frame.top])
      const clipped = (values: readonly number[]): number[] => values.map((v) => Math.max(-2, Math.min(2, v)))
      return draw(0, 'Outputs of a trained network and as they were predicted', [
        axes({ x, y, frame, xTitle: 'input', yTitle: row ? `output, width ${row.width}` : 'output' }),
        row ? h('path', { class: 'line', d: linePath(grid, clipped(row.network), x, y) }) : null,
        row
          ? h('path', { class: 'line second dashed', d: linePath(grid, clipped(row.predicted), x, y) })
          : null,
      ])
    }

    const laws = (): VNode => {
      const frame = frameOf(1)
      const { rows } = result.value
      const at = rows.map(({ width }) => width)
      const values = rows.flatMap((row) => [row.start, row.trained]).filter((value) => value > 0)
      const x = logarithmic([allWidths[0] ?? 1, allWidths.at(-1) ?? 2], [frame.left, frame.right], 2)
      const y = logarithmic([Math.min(1e-3, ...values), Math.max(1, ...values)], [frame.bottom, frame.top])
      const dots = (name: 'start' | 'trained', second: boolean): VNode[] =>
        rows.map((row) =>
          h('circle', { class: ['dot', { second }], cx: x.at(row.width), cy: y.at(row[name]), r: 4 }),
        )
      return draw(1, 'Distances from infinite width and from the prediction, by width', [
        axes({ x, y, frame, xTitle: 'width', yTitle: 'relative difference' }),
        h('path', {
          class: 'line thin',
          d: linePath(
            at,
            rows.map((row) => row.start),
            x,
            y,
          ),
        }),
        h('path', {
          class: 'line second thin',
          d: linePath(
            at,
            rows.map((row) => row.trained),
            x,
            y,
          ),
        }),
        ...dots('start', false),
        ...dots('trained', true),
      ])
    }

    const controls = (): VNode[] => [
      action('Train the networks', demo.restart, demo.busy.value),
      slider({
        label: 'width shown',
        value: shown.value,
        min: 0,
        max: allWidths.length - 1,
        step: 1,
        shown: String(allWidths[shown.value] ?? ''),
        onInput: (value) => {
          shown.value = value
        },
      }),
      activationChoice(demo, activations),
      depthSlider(demo, 3),
      slider({
        label: 'steps',
        value: settings.value.steps,
        min: 20,
        max: 500,
        step: 20,
        onInput: (steps) => set({ steps }),
      }),
      slider({
        label: 'learning rate',
        value: settings.value.learningRate,
        min: 0.005,
        max: 0.1,
        step: 0.005,
        onInput: (learningRate) => set({ learningRate }),
      }),
      h('span', { class: 'numbers' }, [
        result.value.rows.length < 3
          ? ''
          : `Slopes: kernels ${slopeOf(result.value.rows, 'start')} (theory −0.5), trained networks ${slopeOf(result.value.rows, 'trained')}`,
      ]),
    ]

    return (): VNode =>
      demoFrame(demo, {
        title: 'Finite networks beside their prediction.',
        help: 'Left: a network trained in this page (solid), and its prediction (dashed). Right: how far kernels at the start are from infinite width (blue), and trained networks from their predictions (orange), by width.',
        code: code(settings.value, allWidths[shown.value] ?? 8),
        pictures: () => [outputs(), laws()],
        controls,
      })
  },
})

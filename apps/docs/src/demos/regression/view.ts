import { type Component, computed, defineComponent, h, ref, type VNode } from 'vue'
import { demoFrame } from '../../demo/around.js'
import { action, choice, slider } from '../../demo/controls.js'
import { activationChoice, depthSlider, stdSliders } from '../../demo/network-controls.js'
import { axes, bandPath, linear, linePath } from '../../demo/plot.js'
import { useDemo } from '../../demo/use-demo.js'
import { handle } from '../../demo/use-handles.js'
import { usePictures } from '../../demo/use-pictures.js'
import still from '../../generated/regression.still.json'
import { code } from './code.js'
import type { RegressionResult, RegressionSettings } from './compute.js'
import { start, startTime } from './start.js'
import { grid, times } from './times.js'

const [lowest, highest] = [-1.5, 1.5]

const activations = ['Erf', 'Relu', 'Gelu', 'Sin', 'Tanh'] as const

const timeShown = (time: number): string => {
  const t = times[time] ?? 0
  return t === Infinity ? '∞' : t === 0 ? '0' : String(Number(t.toPrecision(2)))
}

/** Kernel regression on points that the reader drags: what infinitely wide networks have learnt by a time, and how far they differ. */
export const Regression: Component = defineComponent({
  name: 'DemoRegression',
  setup() {
    const demo = useDemo<RegressionSettings, RegressionResult>('regression', start, still)
    const { settings, set, result } = demo
    const { frameOf, draw } = usePictures({
      count: 1,
      height: 330,
      start: 660,
      margins: { left: 40, right: 12, top: 26 },
      role: 'group',
    })
    const playing = ref(false)
    const time = ref(startTime)

    const movePoint = (index: number, x: number, y: number): void => {
      set({ points: settings.value.points.map((point, i) => (i === index ? [x, y] : point)) })
    }
    const addPoint = (): void => {
      const taken = new Set(settings.value.points.map(([x]) => x))
      const free = [0, 0.5, -0.65, 0.15, -0.3, 0.9, -0.95, 0.55].find((x) => !taken.has(x))
      if (free !== undefined) set({ points: [...settings.value.points, [free, 0]] })
    }
    const play = (): void => {
      playing.value = !playing.value
      if (!playing.value) return
      time.value = 0
      const next = (): void => {
        if (!playing.value) return
        time.value++
        if (time.value < times.length - 1) setTimeout(next, 120)
        else playing.value = false
      }
      setTimeout(next, 400)
    }

    const plot = computed(() => {
      const frame = frameOf(0)
      const x = linear([-1, 1], [frame.left, frame.right])
      const y = linear([lowest, highest], [frame.bottom, frame.top], 6)
      const mean = result.value.mean[time.value] ?? []
      const deviation = result.value.deviation[time.value] ?? []
      const edge = (side: number): number[] =>
        mean.map((m, i) => Math.min(highest, Math.max(lowest, m + side * 2 * (deviation[i] ?? 0))))
      return { frame, x, y, line: linePath(grid, mean, x, y), band: bandPath(grid, edge(-1), edge(1), x, y) }
    })

    const picture = (): VNode => {
      const { frame, x, y, line, band } = plot.value
      return draw(0, 'Labels, mean and two standard deviations of the outputs of infinitely wide networks', [
        axes({ x, y, frame, xTitle: 'input', yTitle: 'output' }),
        h('path', { class: 'band', d: band }),
        h('path', { class: 'line', d: line }),
        ...settings.value.points.map(([px, py], i) =>
          h('circle', {
            key: i,
            cx: x.at(px),
            cy: y.at(py),
            r: 9,
            role: 'button',
            'aria-label': `Point ${i + 1}: input ${px}, label ${py}. Arrow keys move it.`,
            ...handle([px, py], {
              x,
              y,
              step: [0.05, 0.1],
              limits: { x: [-1, 1], y: [-1.4, 1.4] },
              move: (toX, toY) => movePoint(i, toX, toY),
            }),
          }),
        ),
      ])
    }

    const controls = (): VNode[] => [
      slider({
        label: 'time t',
        value: time.value,
        min: 0,
        max: times.length - 1,
        step: 1,
        shown: timeShown(time.value),
        onInput: (value) => {
          time.value = value
        },
      }),
      action(playing.value ? 'Pause' : 'Train', play),
      choice({
        label: 'trained',
        value: settings.value.train,
        options: [
          ['ntk', 'all weights (NTK)'],
          ['nngp', 'the readout alone (NNGP)'],
        ],
        onChange: (train) => set({ train }),
      }),
      activationChoice(demo, activations),
      depthSlider(demo, 8),
      ...stdSliders(demo, [0.5, 5]),
      action('Add a point', addPoint, settings.value.points.length >= 12),
      action(
        'Remove one',
        () => set({ points: settings.value.points.slice(0, -1) }),
        settings.value.points.length <= 1,
      ),
    ]

    return (): VNode =>
      demoFrame(demo, {
        title: 'Networks of infinite width learn your points.',
        help: 'Drag the points, or focus one and use the arrow keys. Line: the mean over all networks at time t. Band: two standard deviations.',
        code: code(settings.value, time.value),
        pictures: () => [picture()],
        controls,
      })
  },
})

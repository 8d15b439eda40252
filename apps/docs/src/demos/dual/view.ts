import { type Component, defineComponent, h, ref, type VNode } from 'vue'
import { demoFrame } from '../../demo/around.js'
import { choice } from '../../demo/controls.js'
import { stdSliders } from '../../demo/network-controls.js'
import { axes, linear, linePath } from '../../demo/plot.js'
import { useDemo } from '../../demo/use-demo.js'
import { handle } from '../../demo/use-handles.js'
import { usePictures } from '../../demo/use-pictures.js'
import still from '../../generated/dual.still.json'
import { code } from './code.js'
import type { DualResult, DualSettings } from './compute.js'
import { correlations, depths, inputs, knots } from './grids.js'
import { start } from './start.js'

const names = ['Relu', 'Erf', 'Tanh', 'Sin', 'Gelu', 'Abs', 'Sign', 'Softplus'] as const

/** An activation, chosen or drawn, and the kernels of deep networks made of it. */
export const Dual: Component = defineComponent({
  name: 'DemoDual',
  setup() {
    const demo = useDemo<DualSettings, DualResult>('dual', start, still)
    const { settings, set, result } = demo
    const kernel = ref<'nngp' | 'ntk'>('nngp')
    const { frameOf, draw } = usePictures({
      count: 2,
      height: 300,
      start: 320,
      margins: { left: 44, right: 40, top: 28 },
      role: 'group',
    })

    /** Where the function has its handles: those of a drawn one, or the values of a chosen one. */
    const heights = (): readonly number[] =>
      settings.value.activation === 'drawn'
        ? settings.value.heights
        : knots.map((knot) => Math.round(1e3 * (result.value.phi[Math.round((knot + 3) * 20)] ?? 0)) / 1e3)

    const drawn = (): VNode => {
      const frame = frameOf(0)
      const x = linear([-3, 3], [frame.left, frame.right], 6)
      const y = linear([-3, 3], [frame.bottom, frame.top], 6)
      const phi = result.value.phi.map((value) => (Math.abs(value) > 3 ? Number.NaN : value))
      return draw(0, 'The activation', [
        axes({ x, y, frame, xTitle: 'x', yTitle: 'φ(x)' }),
        h('path', { class: 'line', d: linePath(inputs, phi, x, y) }),
        ...heights().map((value, i) =>
          h('circle', {
            key: i,
            cx: x.at(knots[i] ?? 0),
            cy: y.at(Math.max(-3, Math.min(3, value))),
            r: 8,
            role: 'button',
            'aria-label': `φ(${knots[i]}) is ${value}. Arrow keys move it.`,
            ...handle([knots[i] ?? 0, value], {
              x,
              y,
              step: [0, 0.1],
              limits: { x: [-3, 3], y: [-3, 3] },
              move: (_, to) =>
                set({ activation: 'drawn', heights: heights().map((old, j) => (j === i ? to : old)) }),
            }),
          }),
        ),
      ])
    }

    const kernels = (): VNode => {
      const frame = frameOf(1)
      const rows = result.value[kernel.value]
      const middle = Math.floor(correlations.length / 2)
      const low = Math.min(0, Math.floor(Math.min(...rows.flat()) * 2) / 2)
      const x = linear([-1, 1], [frame.left, frame.right])
      const y = linear([low, 1], [frame.bottom, frame.top])
      return draw(1, 'Kernels of networks by the correlation of their inputs', [
        axes({
          x,
          y,
          frame,
          xTitle: 'correlation of the inputs',
          yTitle: kernel.value === 'nngp' ? 'correlation of the outputs' : 'NTK, normalized',
        }),
        ...rows.map((row, i) =>
          h('path', {
            key: i,
            class: 'line',
            style: { opacity: 1 - i * 0.18 },
            d: linePath(correlations, row, x, y),
          }),
        ),
        ...[0, rows.length - 1].map((i) => {
          // The first, below its line where that is far from the edges; the deepest, above its start.
          const [at, down, words] = i === 0 ? [middle, 14, 'layer'] : [0, -4, 'layers']
          const place = { x: x.at(correlations[at] ?? 0) + 5, y: y.at(rows[i]?.[at] ?? 0) + down }
          return h('text', { ...place, key: `depth ${i}` }, `${depths[i]} ${words}`)
        }),
      ])
    }

    const controls = (): VNode[] => [
      choice({
        label: 'activation',
        value: settings.value.activation,
        options: [...names.map((name) => [name, name] as const), ['drawn', 'drawn'] as const],
        onChange: (activation: string) =>
          set(activation === 'drawn' ? { activation, heights: heights() } : { activation }),
      }),
      choice({
        label: 'kernel',
        value: kernel.value,
        options: [
          ['nngp', 'NNGP'],
          ['ntk', 'NTK'],
        ],
        onChange: (name) => {
          kernel.value = name
        },
      }),
      ...stdSliders(demo, [0.2, 4]),
    ]

    return (): VNode =>
      demoFrame(demo, {
        title: 'From a function to a kernel.',
        help: 'Choose an activation, or drag its five handles: then it is the polynomial through them. Right: kernels behind 1, 2, 4, 8 and 16 layers with layer norm, paler the deeper.',
        code: code(settings.value),
        pictures: () => [drawn(), kernels()],
        controls,
      })
  },
})

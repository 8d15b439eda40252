import { type Component, computed, defineComponent, h, ref, type VNode } from 'vue'
import { choice, slider } from '../../demo/controls.js'
import { DemoFrame } from '../../demo/frame.js'
import { heatmap } from '../../demo/heatmap.js'
import { axes, linear, linePath, logarithmic } from '../../demo/plot.js'
import { useDemo } from '../../demo/use-demo.js'
import { useWidth } from '../../demo/use-width.js'
import still from '../../generated/spectrum.still.json'
import { code } from './code.js'
import type { SpectrumResult, SpectrumSettings } from './compute.js'
import { start } from './start.js'

const height = 300
const activations = ['Relu', 'Erf', 'Gelu', 'Sin', 'Abs'] as const

/** The kernel matrix of generated digits, its spectrum, and how much of the labels lies along its first eigenvectors. */
export const Spectrum: Component = defineComponent({
  name: 'DemoSpectrum',
  setup() {
    const demo = useDemo<SpectrumSettings, SpectrumResult>('spectrum', start, still)
    const { settings, set, result } = demo
    const picture = ref<Element | null>(null)
    const width = useWidth(picture, 320)
    const matrix = computed(() => heatmap(result.value.kernel, result.value.n))

    const kernel = (): VNode =>
      h('div', { class: 'picture' }, [
        h('img', {
          src: matrix.value,
          class: 'matrix',
          alt: `Kernel matrix of ${result.value.n} digits, sorted from 0 to 9: blocks along the diagonal are pairs of one digit`,
        }),
      ])

    const spectrum = (): VNode => {
      const { eigenvalues, n, explained } = result.value
      const frame = { left: 50, right: width.value - 40, top: 28, bottom: height - 44 }
      const ranks = eigenvalues.map((_, i) => i + 1)
      const x = linear([1, n], [frame.left, frame.right])
      const positive = eigenvalues.filter((value) => value > 0)
      const y = logarithmic([Math.min(...positive), Math.max(...positive)], [frame.bottom, frame.top])
      const share = linear([0, 1], [frame.bottom, frame.top])
      return h('div', { class: 'picture', ref: picture }, [
        h(
          'svg',
          {
            viewBox: `0 0 ${width.value} ${height}`,
            role: 'img',
            'aria-label': 'Eigenvalues and the labels along their eigenvectors',
          },
          [
            axes({ x, y, frame, xTitle: 'eigenvector', yTitle: 'eigenvalue' }),
            h('path', { class: 'line', d: linePath(ranks, eigenvalues, x, y) }),
            h('path', { class: 'line second dashed', d: linePath(ranks, explained, x, share) }),
            h('text', { x: frame.right + 6, y: frame.top + 4 }, '100 %'),
            h('text', { x: frame.right + 6, y: frame.bottom + 4 }, '0 %'),
          ],
        ),
      ])
    }

    const controls = (): VNode[] => [
      slider({
        label: 'images',
        value: settings.value.n,
        min: 20,
        max: 120,
        step: 10,
        onInput: (n) => set({ n }),
      }),
      choice({
        label: 'kernel',
        value: settings.value.get,
        options: [
          ['ntk', 'NTK'],
          ['nngp', 'NNGP'],
        ],
        onChange: (get) => set({ get }),
      }),
      choice({
        label: 'activation',
        value: settings.value.activation,
        options: activations.map((name) => [name, name] as const),
        onChange: (activation) => set({ activation }),
      }),
      slider({
        label: 'hidden layers',
        value: settings.value.depth,
        min: 1,
        max: 30,
        step: 1,
        onInput: (depth) => set({ depth }),
      }),
      slider({
        label: 'wStd',
        value: settings.value.wStd,
        min: 0.5,
        max: 3,
        step: 0.1,
        onInput: (wStd) => set({ wStd }),
      }),
      slider({
        label: 'bStd',
        value: settings.value.bStd,
        min: 0,
        max: 2,
        step: 0.1,
        onInput: (bStd) => set({ bStd }),
      }),
      h('span', { class: 'numbers' }, [
        `condition number ${result.value.conditionNumber.toPrecision(3)}, effective rank ${result.value.effectiveRank.toFixed(1)} of ${result.value.n}`,
      ]),
    ]

    return (): VNode =>
      h(
        DemoFrame,
        {
          title: 'What a kernel sees in digits.',
          help: 'Left: the kernel of generated digits, sorted from 0 to 9. Right: its eigenvalues (solid), and how much of the labels the first eigenvectors hold together (dashed).',
          busy: demo.busy.value,
          live: demo.live.value,
          fault: demo.fault.value,
          code: code(settings.value),
          onStop: demo.stop,
        },
        { default: () => [kernel(), spectrum()], controls },
      )
  },
})

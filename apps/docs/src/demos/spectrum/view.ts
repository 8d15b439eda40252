import { type Component, computed, defineComponent, h, type VNode } from 'vue'
import { demoFrame } from '../../demo/around.js'
import { choice, slider } from '../../demo/controls.js'
import { heatmap } from '../../demo/heatmap.js'
import { activationChoice, depthSlider, stdSliders } from '../../demo/network-controls.js'
import { axes, linear, linePath, logarithmic } from '../../demo/plot.js'
import { useDemo } from '../../demo/use-demo.js'
import { usePictures } from '../../demo/use-pictures.js'
import still from '../../generated/spectrum.still.json'
import { code } from './code.js'
import type { SpectrumResult, SpectrumSettings } from './compute.js'
import { start } from './start.js'

const activations = ['Relu', 'Erf', 'Gelu', 'Sin', 'Abs'] as const

/** The kernel matrix of generated digits, its spectrum, and how much of the labels lies along its first eigenvectors. */
export const Spectrum: Component = defineComponent({
  name: 'DemoSpectrum',
  setup() {
    const demo = useDemo<SpectrumSettings, SpectrumResult>('spectrum', start, still)
    const { settings, set, result } = demo
    const { frameOf, draw } = usePictures({
      count: 1,
      height: 300,
      start: 320,
      margins: { left: 50, right: 40, top: 28 },
      role: 'img',
    })
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
      const frame = frameOf(0)
      const ranks = eigenvalues.map((_, i) => i + 1)
      const x = linear([1, n], [frame.left, frame.right])
      const positive = eigenvalues.filter((value) => value > 0)
      const y = logarithmic([Math.min(...positive), Math.max(...positive)], [frame.bottom, frame.top])
      const share = linear([0, 1], [frame.bottom, frame.top])
      return draw(0, 'Eigenvalues and the labels along their eigenvectors', [
        axes({ x, y, frame, xTitle: 'eigenvector', yTitle: 'eigenvalue' }),
        h('path', { class: 'line', d: linePath(ranks, eigenvalues, x, y) }),
        h('path', { class: 'line second dashed', d: linePath(ranks, explained, x, share) }),
        h('text', { x: frame.right + 6, y: frame.top + 4 }, '100 %'),
        h('text', { x: frame.right + 6, y: frame.bottom + 4 }, '0 %'),
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
      activationChoice(demo, activations),
      depthSlider(demo, 30),
      ...stdSliders(demo, [0.5, 3]),
      h('span', { class: 'numbers' }, [
        `condition number ${result.value.conditionNumber.toPrecision(3)}, effective rank ${result.value.effectiveRank.toFixed(1)} of ${result.value.n}`,
      ]),
    ]

    return (): VNode =>
      demoFrame(demo, {
        title: 'What a kernel sees in digits.',
        help: 'Left: the kernel of generated digits, sorted from 0 to 9. Right: its eigenvalues (solid), and how much of the labels the first eigenvectors hold together (dashed).',
        code: code(settings.value),
        pictures: () => [kernel(), spectrum()],
        controls,
      })
  },
})

import { type Component, computed, defineComponent, h, type VNode } from 'vue'
import { demoFrame } from '../../demo/around.js'
import { slider } from '../../demo/controls.js'
import { activationChoice } from '../../demo/network-controls.js'
import { axes, linear, linePath, logarithmic } from '../../demo/plot.js'
import { useDemo } from '../../demo/use-demo.js'
import { handle } from '../../demo/use-handles.js'
import { usePictures } from '../../demo/use-pictures.js'
import still from '../../generated/phase.still.json'
import { code } from './code.js'
import type { PhaseResult, PhaseSettings } from './compute.js'
import { start } from './start.js'

const activations = ['Erf', 'Sin', 'Tanh', 'Relu'] as const
const [wLimits, bLimits] = [
  [0.1, 4],
  [0, 1],
] as const

const shown = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '∞')

/** The line as far as the plane goes, its last point where it leaves it. */
function insideOf(line: PhaseResult['line']): PhaseResult['line'] {
  const outside = line.findIndex(([, b]) => b > bLimits[1])
  const [from, to] = [line[outside - 1], line[outside]]
  if (from === undefined || to === undefined) return line
  const share = (bLimits[1] - from[1]) / (to[1] - from[1])
  return [...line.slice(0, outside), [from[0] + share * (to[0] - from[0]), bLimits[1]]]
}

/** The plane of initializations, and what layers do to the correlation of two inputs at one point of it. */
export const Phase: Component = defineComponent({
  name: 'DemoPhase',
  setup() {
    const demo = useDemo<PhaseSettings, PhaseResult>('phase', start, still)
    const { settings, set, result } = demo
    const { frameOf, draw } = usePictures({
      count: 3,
      height: 300,
      start: 320,
      margins: { left: 44, right: 12, top: 28 },
      role: 'group',
    })

    const plane = (): VNode => {
      const frame = frameOf(0)
      const x = linear([0, wLimits[1]], [frame.left, frame.right])
      const y = linear(bLimits, [frame.bottom, frame.top])
      const inside = insideOf(result.value.line)
      const [ws, bs] = [inside.map(([w]) => w), inside.map(([, b]) => b)]
      const { wVar, bVar } = settings.value
      return draw(0, 'The plane of variances of weights and biases, with the line between order and chaos', [
        axes({ x, y, frame, xTitle: 'wStd²', yTitle: 'bStd²' }),
        h('path', { class: 'line', d: linePath(ws, bs, x, y) }),
        h('text', { x: frame.left + 8, y: frame.top + 18, class: 'title' }, 'order'),
        h(
          'text',
          { x: frame.right - 8, y: frame.bottom - 10, 'text-anchor': 'end', class: 'title' },
          'chaos',
        ),
        h('circle', {
          cx: x.at(wVar),
          cy: y.at(bVar),
          r: 9,
          role: 'button',
          'aria-label': `Initialization: wStd² ${wVar}, bStd² ${bVar}. Arrow keys move it.`,
          ...handle([wVar, bVar], {
            x,
            y,
            step: [0.05, 0.02],
            limits: { x: wLimits, y: bLimits },
            move: (w, b) => set({ wVar: w, bVar: b }),
          }),
        }),
      ])
    }

    const cobweb = computed(() => {
      const steps = result.value.pair.slice(0, 20)
      return {
        x: steps.flatMap((c, l) => (l + 1 < steps.length ? [c, c] : [])),
        y: steps.flatMap((c, l) => (l + 1 < steps.length ? [c, steps[l + 1] ?? c] : [])),
      }
    })

    const cMap = (): VNode => {
      const frame = frameOf(1)
      const { c, next } = result.value.map
      const low = Math.min(0, Math.floor(Math.min(...c, ...next) * 2) / 2)
      const x = linear([low, 1], [frame.left, frame.right])
      const y = linear([low, 1], [frame.bottom, frame.top])
      return draw(1, 'The c-map: the correlation of two inputs before and behind a layer', [
        axes({ x, y, frame, xTitle: 'correlation c', yTitle: 'behind the next layer' }),
        h('path', { class: 'line thin dashed', d: linePath([low, 1], [low, 1], x, y) }),
        h('path', { class: 'line', d: linePath(c, next, x, y) }),
        h('path', { class: 'line second thin', d: linePath(cobweb.value.x, cobweb.value.y, x, y) }),
        h('circle', {
          class: 'dot second',
          cx: x.at(result.value.cStar),
          cy: y.at(result.value.cStar),
          r: 5,
        }),
      ])
    }

    const conditions = (): VNode => {
      const frame = frameOf(2)
      const kappa = result.value.kappa.filter((value) => Number.isFinite(value) && value > 0 && value < 1e12)
      const layers = kappa.map((_, l) => l)
      const x = linear([0, 40], [frame.left, frame.right], 4)
      const y = logarithmic([1, Math.max(1000, ...kappa)], [frame.bottom, frame.top])
      return draw(2, 'Condition number of the tangent kernel by depth', [
        axes({ x, y, frame, xTitle: 'layers', yTitle: 'κ of the NTK, 100 inputs' }),
        h('path', { class: 'line', d: linePath(layers, kappa, x, y) }),
      ])
    }

    const controls = (): VNode[] => [
      activationChoice(demo, activations),
      slider({
        label: 'correlation of the inputs',
        value: settings.value.c0,
        min: -0.9,
        max: 0.99,
        step: 0.01,
        onInput: (c0) => set({ c0 }),
      }),
      h('span', { class: 'numbers' }, [
        `${result.value.phase}, χ₁ = ${shown(result.value.chi1)}, q* = ${shown(result.value.qStar)}, c* = ${shown(result.value.cStar)}`,
      ]),
    ]

    return (): VNode =>
      demoFrame(demo, {
        title: 'Order and chaos.',
        help: 'Drag the point in the plane, or focus it and use the arrow keys. Second: what a layer does to the correlation of two inputs, step by step. Third: the condition number of the tangent kernel by depth.',
        code: code(settings.value),
        pictures: () => [plane(), cMap(), conditions()],
        controls,
      })
  },
})

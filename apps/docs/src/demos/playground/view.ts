import { type Component, defineComponent, h, ref, type VNode } from 'vue'
import { demoFrame } from '../../demo/around.js'
import { action, slider } from '../../demo/controls.js'
import { heatmap } from '../../demo/heatmap.js'
import { useDemo } from '../../demo/use-demo.js'
import still from '../../generated/playground.still.json'
import { code } from './code.js'
import type { PlaygroundResult, PlaygroundSettings } from './compute.js'
import { examples, start } from './start.js'

const large = (value: number): string =>
  value.toLocaleString('en', { notation: 'compact', maximumSignificantDigits: 3 })

/** A network that the reader types: its kernel, what the kernel takes, and a check of it by sampling. */
export const Playground: Component = defineComponent({
  name: 'DemoPlayground',
  setup() {
    const demo = useDemo<PlaygroundSettings, PlaygroundResult>('playground', start, still, false)
    const { settings, set, result } = demo
    const text = ref(start.spec)

    const compute = (): void => {
      set({ spec: text.value })
      demo.stop()
      demo.restart()
    }
    const load = (name: string): void => {
      const example = examples[name]
      if (!example) return
      text.value = example.spec
      set(example)
      compute()
    }

    const matrix = (name: string, values: readonly number[]): VNode =>
      h('figure', { class: 'small' }, [
        h('img', {
          class: 'matrix',
          src: heatmap(values, Math.round(Math.sqrt(values.length))),
          alt: `${name} of five inputs, from ${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}`,
        }),
        h('figcaption', name),
      ])

    const editor = (): VNode =>
      h('div', { class: 'picture' }, [
        h('label', { class: 'editor' }, [
          h('span', 'Network, as a spec'),
          h('textarea', {
            rows: 12,
            spellcheck: false,
            value: text.value,
            onInput: (event: Event) => {
              if (event.target instanceof HTMLTextAreaElement) text.value = event.target.value
            },
            onKeydown: (event: KeyboardEvent) => {
              if (event.key === 'Enter' && event.ctrlKey) compute()
            },
          }),
        ]),
      ])

    const found = (): VNode => {
      const { nngp, ntk, check, operations, bytes } = result.value
      return h('div', { class: 'picture' }, [
        h('div', { class: 'matrices' }, [
          matrix('NNGP', nngp),
          matrix('NTK', ntk),
          check === null ? null : matrix('NTK, sampled', check.ntk),
        ]),
        h(
          'p',
          check === null
            ? 'Not sampled.'
            : `${check.draws} networks: off by ${(100 * check.relative).toFixed(1)} % of the kernel, at most ${check.largest.toFixed(1)} standard errors an entry.`,
        ),
        h('p', `${large(operations)} operations and ${large(bytes)} bytes for five inputs.`),
      ])
    }

    const table = (): VNode =>
      h('table', [
        h('thead', [
          h(
            'tr',
            ['layer', 'values', 'needs of positions', 'operations a pair'].map((title) => h('th', title)),
          ),
        ]),
        h(
          'tbody',
          result.value.layers.map(({ name, shape, needs, operations: each }) =>
            h(
              'tr',
              [name, shape, needs, large(each)].map((cell) => h('td', cell)),
            ),
          ),
        ),
      ])

    const controls = (): VNode[] => [
      action('Compute', compute),
      ...Object.keys(examples).map((name) => action(name, () => load(name))),
      slider({
        label: 'random networks',
        value: settings.value.draws,
        min: 0,
        max: 400,
        step: 20,
        onInput: (draws) => set({ draws }),
      }),
    ]

    return (): VNode =>
      demoFrame(demo, {
        title: 'Any network.',
        help: `Type a network and press Compute (or Ctrl and Enter). Inputs are five random ones of shape [${settings.value.shape.join(', ')}].`,
        code: code({ ...settings.value, spec: text.value }),
        pictures: () => [editor(), found(), table()],
        controls,
      })
  },
})

import { type Component, defineComponent, h, type PropType, ref, type VNode } from 'vue'
import type { Fault } from '../worker/messages.js'

const fault = ({ what, got, fix, code }: Fault): VNode =>
  h('div', { class: 'fault', role: 'alert' }, [
    h('strong', code === null ? 'Error' : `NtkError '${code}'`),
    h('p', what),
    got === null ? null : h('p', [h('span', 'Got '), h('code', got)]),
    fix === null ? null : h('p', fix),
  ])

/** What stands around every demo: picture, controls, state, stop, and the same computation as a program. */
export const DemoFrame: Component = defineComponent({
  name: 'DemoFrame',
  props: {
    title: { type: String, required: true },
    help: { type: String, required: true },
    busy: { type: Boolean, required: true },
    live: { type: Boolean, required: true },
    threads: { type: Number, required: true },
    fault: { type: Object as PropType<Fault | null>, default: null },
    code: { type: String, required: true },
  },
  emits: ['stop'],
  setup(props, { slots, emit }) {
    const copied = ref(false)
    const copy = async (): Promise<void> => {
      await navigator.clipboard.writeText(props.code)
      copied.value = true
      setTimeout(() => {
        copied.value = false
      }, 1500)
    }
    const state = (): string => {
      if (props.busy) return 'Computing …'
      if (!props.live) return 'Computed when this page was built.'
      return props.threads === 1
        ? 'Computed in this page.'
        : `Computed in this page, on ${props.threads} threads.`
    }
    return (): VNode =>
      h('figure', { class: ['demo', { live: props.live }], 'aria-label': props.title }, [
        h('div', { class: 'pictures' }, slots.default?.()),
        props.fault === null ? null : fault(props.fault),
        h('div', { class: 'controls' }, slots.controls?.()),
        h('figcaption', [h('strong', props.title), ' ', props.help]),
        h('div', { class: 'state' }, [
          h('span', { 'aria-live': 'off' }, state()),
          h('button', { type: 'button', disabled: !props.busy, onClick: () => emit('stop') }, 'Stop'),
        ]),
        h('details', { class: 'program' }, [
          h('summary', 'The same as a program'),
          h(
            'button',
            { type: 'button', onClick: () => void copy() },
            copied.value ? 'Copied' : 'Copy as code',
          ),
          h('pre', { tabindex: 0 }, [h('code', props.code)]),
        ]),
      ])
  },
})

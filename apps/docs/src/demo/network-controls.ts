import type { VNode } from 'vue'
import { choice, slider } from './controls.js'

/** A demo as a control sees it: some of its settings, and how they are changed. */
interface Controlled<T> {
  readonly settings: { readonly value: T }
  readonly set: (change: Partial<T>) => void
}

export function activationChoice<A extends string>(
  { settings, set }: Controlled<{ readonly activation: A }>,
  names: readonly A[],
): VNode {
  return choice({
    label: 'activation',
    value: settings.value.activation,
    options: names.map((name) => [name, name] as const),
    onChange: (activation) => set({ activation }),
  })
}

export function depthSlider({ settings, set }: Controlled<{ readonly depth: number }>, max: number): VNode {
  return slider({
    label: 'hidden layers',
    value: settings.value.depth,
    min: 1,
    max,
    step: 1,
    onInput: (depth) => set({ depth }),
  })
}

/** Standard deviations of weights, between two numbers, and of biases. */
export function stdSliders(
  { settings, set }: Controlled<{ readonly wStd: number; readonly bStd: number }>,
  [min, max]: readonly [number, number],
): VNode[] {
  return [
    slider({
      label: 'wStd',
      value: settings.value.wStd,
      min,
      max,
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
  ]
}

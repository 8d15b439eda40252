import { h, type VNode } from 'vue'

export interface SliderOptions {
  readonly label: string
  readonly value: number
  readonly min: number
  readonly max: number
  readonly step: number
  /** What stands beside the slider; the number unless given. */
  readonly shown?: string
  readonly onInput: (value: number) => void
}

const numberOf = (event: Event): number =>
  event.target instanceof HTMLInputElement ? event.target.valueAsNumber : Number.NaN

export function slider({ label, value, min, max, step, shown, onInput }: SliderOptions): VNode {
  return h('label', { class: 'slider' }, [
    h('span', label),
    h('input', {
      type: 'range',
      min,
      max,
      step,
      value,
      'aria-valuetext': shown ?? String(value),
      onInput: (event: Event) => onInput(numberOf(event)),
    }),
    h('output', shown ?? String(value)),
  ])
}

export interface ChoiceOptions<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [value: T, label: string])[]
  readonly onChange: (value: T) => void
}

export function choice<T extends string>({ label, value, options, onChange }: ChoiceOptions<T>): VNode {
  const change = (event: Event): void => {
    const index = event.target instanceof HTMLSelectElement ? event.target.selectedIndex : -1
    const chosen = options[index]
    if (chosen) onChange(chosen[0])
  }
  return h('label', { class: 'choice' }, [
    h('span', label),
    h(
      'select',
      { value, onChange: change },
      options.map(([name, words]) => h('option', { value: name, selected: name === value }, words)),
    ),
  ])
}

export const action = (label: string, onClick: () => void, disabled = false): VNode =>
  h('button', { type: 'button', onClick, disabled }, label)

import { h, ref, type VNode } from 'vue'
import type { Frame } from './plot.js'
import { useWidth } from './use-width.js'

export interface PicturesOptions {
  readonly count: number
  /** Of every picture, in pixels. */
  readonly height: number
  /** Width of a picture until the page is there. */
  readonly start: number
  /** Room for what stands around the plot: numbers and titles of the axes, and letters at the right. */
  readonly margins: { readonly left: number; readonly right: number; readonly top: number }
  /** 'group' where something in a picture can be moved, else 'img'. */
  readonly role: 'group' | 'img'
}

export interface Pictures {
  /** Where the plot stands in a picture of this index. */
  readonly frameOf: (index: number) => Frame
  readonly draw: (index: number, label: string, parts: readonly (VNode | null)[]) => VNode
}

/** Pictures side by side, each as wide as the page lets it be: letters keep their size, plots take what is left. */
export function usePictures({ count, height, start, margins, role }: PicturesOptions): Pictures {
  const elements = Array.from({ length: count }, () => ref<Element | null>(null))
  const widths = elements.map((element) => useWidth(element, start))
  const widthOf = (index: number): number => widths[index]?.value ?? start
  return {
    frameOf: (index) => ({
      left: margins.left,
      right: widthOf(index) - margins.right,
      top: margins.top,
      bottom: height - 44,
    }),
    draw: (index, label, parts) =>
      h('div', { class: 'picture', ref: elements[index] ?? '' }, [
        h('svg', { viewBox: `0 0 ${widthOf(index)} ${height}`, role, 'aria-label': label }, [...parts]),
      ]),
  }
}

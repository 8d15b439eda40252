import type { Scale } from './plot.js'

export interface HandleOptions {
  readonly x: Scale
  readonly y: Scale
  /** How far an arrow key moves, in units of the axes. */
  readonly step: readonly [x: number, y: number]
  readonly limits: { readonly x: readonly [number, number]; readonly y: readonly [number, number] }
  readonly move: (x: number, y: number) => void
}

const within = (value: number, [low, high]: readonly [number, number]): number =>
  Math.round(Math.min(high, Math.max(low, value)) * 1e3) / 1e3

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}

/** Where a pointer is, in units of the picture that the element stands in. */
function placeOf(event: PointerEvent): readonly [number, number] | null {
  const svg = event.currentTarget instanceof SVGElement ? event.currentTarget.ownerSVGElement : null
  const matrix = svg?.getScreenCTM()?.inverse()
  if (!matrix) return null
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix)
  return [x, y]
}

/** Attributes of an element of a picture that a pointer, a finger or the arrow keys move. */
export function handle(at: readonly [number, number], options: HandleOptions): Record<string, unknown> {
  const { x, y, step, limits, move } = options
  const to = (toX: number, toY: number): void => move(within(toX, limits.x), within(toY, limits.y))
  return {
    tabindex: 0,
    class: 'handle',
    onPointerdown: (event: PointerEvent) => {
      if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId)
    },
    onPointermove: (event: PointerEvent) => {
      if (
        !(event.currentTarget instanceof Element) ||
        !event.currentTarget.hasPointerCapture(event.pointerId)
      )
        return
      const place = placeOf(event)
      if (place) to(x.value(place[0]), y.value(place[1]))
    },
    onKeydown: (event: KeyboardEvent) => {
      const arrow = arrows[event.key]
      if (!arrow) return
      event.preventDefault()
      to(at[0] + arrow[0] * step[0], at[1] + arrow[1] * step[1])
    },
  }
}

import { h, type VNode } from 'vue'

/** From numbers of an axis to places on the picture. */
export interface Scale {
  readonly at: (value: number) => number
  readonly value: (place: number) => number
  readonly ticks: readonly number[]
  readonly show: (value: number) => string
}

/** Where a plot stands in its picture, in units of the picture. */
export interface Frame {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const plain = (value: number): string => String(Number(value.toPrecision(6))).replace('-', '−')

/** About `count` round numbers between two, ends included where they are round. */
function roundTicks(low: number, high: number, count: number): number[] {
  const raw = (high - low) / count
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = ([1, 2, 5, 10].find((m) => m * power >= raw * 0.999) ?? 10) * power
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step)
}

export function linear(
  domain: readonly [number, number],
  range: readonly [number, number],
  count = 5,
): Scale {
  const [low, high] = domain[0] === domain[1] ? [domain[0] - 1, domain[1] + 1] : domain
  const slope = (range[1] - range[0]) / (high - low)
  return {
    at: (value) => range[0] + (value - low) * slope,
    value: (place) => low + (place - range[0]) / slope,
    ticks: roundTicks(low, high, count),
    show: plain,
  }
}

const digits = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹']
const raised = (power: number): string =>
  `${power < 0 ? '⁻' : ''}${[...String(Math.abs(power))].map((d) => digits[Number(d)]).join('')}`

const mantissas = [1, 2, 5] as const

const powerOfTen = (value: number): string => `10${raised(Math.round(Math.log10(value)))}`

/** One, two or five times a power of ten. */
function decimal(value: number): string {
  const power = Math.floor(Math.log10(value) + 1e-9)
  if (power > -4 && power < 5) return plain(value)
  const mantissa = Math.round(value / 10 ** power)
  return mantissa === 1 ? powerOfTen(value) : `${mantissa}·10${raised(power)}`
}

/** Powers of a base as ticks, of ten also two and five of them where few are in sight; numbers must be above 0. */
export function logarithmic(
  domain: readonly [number, number],
  range: readonly [number, number],
  base: 2 | 10 = 10,
): Scale {
  const log = (value: number): number => Math.log(value) / Math.log(base)
  const inner = linear([log(domain[0]), log(domain[1])], range)
  const [first, last] = [Math.ceil(log(domain[0]) - 1e-9), Math.floor(log(domain[1]) + 1e-9)]
  const step = Math.max(1, Math.ceil((last - first) / 6))
  const count = Math.max(0, Math.floor((last - first) / step) + 1)
  const powers = Array.from({ length: count }, (_, i) => base ** (first + i * step))
  const between = [first - 1, ...Array.from({ length: count }, (_, i) => first + i)].flatMap((power) =>
    mantissas.map((mantissa) => mantissa * base ** power),
  )
  const seen = between.filter((tick) => tick >= domain[0] * (1 - 1e-9) && tick <= domain[1] * (1 + 1e-9))
  return {
    at: (value) => inner.at(log(value)),
    value: (place) => base ** inner.value(place),
    ticks: base === 10 && count < 3 ? seen : powers,
    show: base === 2 ? plain : count < 3 ? decimal : powerOfTen,
  }
}

export interface AxesOptions {
  readonly x: Scale
  readonly y: Scale
  readonly frame: Frame
  readonly xTitle: string
  readonly yTitle: string
}

/** Grid, numbers and titles of both axes. */
export function axes({ x, y, frame, xTitle, yTitle }: AxesOptions): VNode {
  const { left, right, top, bottom } = frame
  const text = (place: Record<string, number | string>, words: string): VNode => h('text', place, words)
  return h('g', { class: 'axes' }, [
    ...x.ticks.flatMap((tick) => [
      h('path', { d: `M${x.at(tick)} ${top}V${bottom}` }),
      text({ x: x.at(tick), y: bottom + 16, 'text-anchor': 'middle' }, x.show(tick)),
    ]),
    ...y.ticks.flatMap((tick) => [
      h('path', { d: `M${left} ${y.at(tick)}H${right}` }),
      text({ x: left - 6, y: y.at(tick) + 4, 'text-anchor': 'end' }, y.show(tick)),
    ]),
    text({ x: (left + right) / 2, y: bottom + 34, 'text-anchor': 'middle', class: 'title' }, xTitle),
    text({ x: left - 34, y: top - 10, class: 'title' }, yTitle),
  ])
}

const places = (xs: readonly number[], ys: readonly number[], x: Scale, y: Scale): string[] =>
  xs.flatMap((at, i) => {
    const [px, py] = [x.at(at), y.at(ys[i] ?? Number.NaN)]
    return Number.isFinite(px) && Number.isFinite(py) ? [`${px.toFixed(1)} ${py.toFixed(1)}`] : []
  })

/** The path of a line through points; points that are no numbers are left out. */
export function linePath(xs: readonly number[], ys: readonly number[], x: Scale, y: Scale): string {
  const all = places(xs, ys, x, y)
  return all.length === 0 ? '' : `M${all.join('L')}`
}

/** The path of the region between two lines. */
export function bandPath(
  xs: readonly number[],
  low: readonly number[],
  high: readonly number[],
  x: Scale,
  y: Scale,
): string {
  const there = places(xs, high, x, y)
  const back = places(xs, low, x, y).reverse()
  return there.length === 0 ? '' : `M${[...there, ...back].join('L')}Z`
}

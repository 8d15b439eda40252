import type { TopLevelSpec } from 'vega-lite'

import { superscript } from '../text/number.js'
import { legendRow, markOf } from './legend.js'
import type { MarkStyle } from './mark-style.js'

import { curveStyles } from './theme.js'

export type CurveName = keyof typeof curveStyles

/** Drawing order: later curves lie on earlier ones. */
export const curveOrder: readonly CurveName[] = ['network', 'infinite', 'linearized', 'closedForm']

/** Over more decades than this not every power of ten is a tick. */
const mostDecades = 8

/**
 * Ticks of a logarithmic axis: powers of ten (every second, third, ... over many decades) where they suffice, else also 2
 * and 5 times them, else an even step.
 */
export function logTicks(values: readonly number[]): number[] {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value))
  const low = Math.min(...positive)
  const high = Math.max(...positive)
  const inside = (tick: number): boolean => tick >= low * 0.999 && tick <= high * 1.001
  const stride = Math.ceil(Math.log10(high / low) / mostDecades)
  if (stride > 1 && Number.isFinite(stride)) {
    const first = Math.ceil(Math.log10(low) / stride) * stride
    const count = Math.floor((Math.log10(high) - first) / stride) + 1
    return Array.from({ length: count }, (_, i) => Number(`1e${first + i * stride}`))
  }
  for (const digits of [[1], [1, 2, 5]]) {
    const ticks: number[] = []
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
      ticks.push(...digits.map((digit) => Number((digit * 10 ** e).toPrecision(3))))
    }
    if (ticks.filter(inside).length >= 3) return ticks.filter(inside)
  }
  const rough = (high - low) / 4 || high || 1
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10)
  const first = Math.ceil((low * 0.999) / step)
  const count = Math.floor((high * 1.001) / step) - first + 1
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(6)))
}

/** A tick of an axis that spans many decades: `10⁻³`, `2·10⁻³`. */
function powerLabel(tick: number): string {
  const [mantissa = '', exponent = ''] = tick.toExponential(0).split('e')
  const power = `10${superscript(Number(exponent))}`
  return mantissa === '1' ? power : `${mantissa}·${power}`
}

/** A logarithmic axis whose grid has a line for every number on it. */
export function logAxis(
  field: string,
  title: string | null,
  values: readonly number[],
  grid: boolean,
): object {
  const ticks = logTicks(values)
  const wide = ticks.some((tick) => tick < 1e-3 || tick >= 1e5)
  // Vega has no superscripts: its labels are looked up by the tick.
  const powers = Object.fromEntries(ticks.map((tick) => [String(tick), powerLabel(tick)]))
  const labels = wide ? { labelExpr: `(${JSON.stringify(powers)})[datum.value]` } : { format: '~r' }
  return {
    field,
    type: 'quantitative',
    scale: { type: 'log', nice: false, padding: grid ? 12 : 6 },
    axis: { title, values: ticks, grid, ...labels, labelOverlap: true },
  }
}

/** An axis of steps over log(1 + step), so that the start is on it: 0, 1, 10, 100, ... */
export function stepAxis(title: string | null, steps: readonly number[], width: number): object {
  const last = Math.max(...steps)
  const powers = Array.from({ length: 16 }, (_, i) => 10 ** i).filter((tick) => tick < last)
  // The last step is named too; a power of ten less than 40 units before it gives way.
  const room = (tick: number): number => (width * Math.log((1 + last) / (1 + tick))) / Math.log1p(last)
  const ticks = [0, ...powers.filter((tick) => room(tick) > 40), last]
  return {
    field: 'step',
    type: 'quantitative',
    scale: { type: 'symlog', constant: 1, nice: false, domain: [0, last] },
    axis: { title, values: ticks, grid: false, format: 'd', labelOverlap: true },
  }
}

/** The title and, below it, one legend row above a figure. */
export function withLegend(
  title: string,
  subtitle: string,
  styles: readonly MarkStyle[],
  body: object,
): TopLevelSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, subtitle },
    spacing: 14,
    vconcat: [legendRow(styles), body],
  } as TopLevelSpec
}

/** A layer with one curve in its style; of dots only every `thin`-th, or they would make a line. */
export function curveLayer<T>(
  name: CurveName,
  values: readonly T[],
  encoding: object,
  thin: number = 3,
): object {
  const style = curveStyles[name]
  const shown =
    style.kind === 'dots' ? values.filter((_, i) => i % thin === 0 || i === values.length - 1) : values
  return { data: { values: shown }, mark: markOf(style), encoding }
}

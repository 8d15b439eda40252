import { fewNumbersFactor } from './error-bar.js'

/** A measured value of something that is expected to go with a power of a size. */
export interface PowerPoint {
  readonly size: number
  readonly value: number
}

/** `value = scale · size^slope`, fitted to the logarithms by least squares. */
export interface PowerLaw {
  readonly slope: number
  readonly scale: number
  /** Error bar of the slope, from the scatter about the fit; NaN for fewer than three points. */
  readonly slopeError: number
}

const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length

/** Several measured values of one size, of independent networks. */
export interface PowerSample {
  readonly size: number
  readonly values: readonly number[]
}

/**
 * The power law through several values a size. The error bar of its slope is the larger of two: from the spread of the
 * values, and from the scatter of the sizes about the line, which also tells where no line fits.
 */
export function fitPowerLawOfSamples(samples: readonly PowerSample[]): PowerLaw {
  const all = fitPowerLaw(samples.flatMap(({ size, values }) => values.map((value) => ({ size, value }))))
  const centres = samples.map(({ size, values }) => ({ size, value: Math.exp(mean(values.map(Math.log))) }))
  const { slopeError } = fitPowerLaw(centres)
  return { ...all, slopeError: Number.isNaN(slopeError) ? slopeError : Math.max(slopeError, all.slopeError) }
}

export function fitPowerLaw(points: readonly PowerPoint[]): PowerLaw {
  const x = points.map(({ size }) => Math.log(size))
  const y = points.map(({ value }) => Math.log(value))
  const [mx, my] = [mean(x), mean(y)]
  const sxy = x.reduce((sum, xi, i) => sum + (xi - mx) * ((y[i] ?? 0) - my), 0)
  const sxx = x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0)
  const slope = sxy / sxx
  const freedom = points.length - 2
  const squares = x.reduce((sum, xi, i) => sum + ((y[i] ?? 0) - my - slope * (xi - mx)) ** 2, 0)
  const slopeError = Math.sqrt(squares / freedom / sxx) * fewNumbersFactor(freedom)
  return { slope, scale: Math.exp(my - slope * mx), slopeError }
}

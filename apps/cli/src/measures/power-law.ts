/** A measured value of something that is expected to go with a power of a size. */
export interface PowerPoint {
  readonly size: number
  readonly value: number
}

/** `value = scale · size^slope`, fitted to the logarithms by least squares. */
export interface PowerLaw {
  readonly slope: number
  readonly scale: number
  /**
   * One error bar of the slope: half of its 95 % confidence interval over 1.96, so that two error bars hold 95 % also
   * where there are few points. NaN for fewer than three.
   */
  readonly slopeError: number
}

/** 97.5 % points of Student's distribution by degrees of freedom, from 1. */
const student = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
const normal = 1.96

function studentPoint(freedom: number): number {
  // Beyond the table: the first terms of the expansion in 1 / freedom (Cornish and Fisher).
  return student[freedom - 1] ?? normal + 2.372 / freedom + 2.82 / freedom ** 2
}

const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length

export function fitPowerLaw(points: readonly PowerPoint[]): PowerLaw {
  const x = points.map(({ size }) => Math.log(size))
  const y = points.map(({ value }) => Math.log(value))
  const [mx, my] = [mean(x), mean(y)]
  const sxy = x.reduce((sum, xi, i) => sum + (xi - mx) * ((y[i] ?? 0) - my), 0)
  const sxx = x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0)
  const slope = sxy / sxx
  const freedom = points.length - 2
  const squares = x.reduce((sum, xi, i) => sum + ((y[i] ?? 0) - my - slope * (xi - mx)) ** 2, 0)
  const slopeError =
    freedom < 1 ? Number.NaN : Math.sqrt(squares / freedom / sxx) * (studentPoint(freedom) / normal)
  return { slope, scale: Math.exp(my - slope * mx), slopeError }
}

/** 97.5 % points of Student's distribution by degrees of freedom, from 1. */
const student = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
const normal = 1.96

/**
 * What a standard error that was itself estimated is multiplied by, so that two error bars hold 95 % also where there are
 * few numbers: the 97.5 % point of Student's distribution over that of the normal one. NaN without a degree of freedom.
 */
export function fewNumbersFactor(freedom: number): number {
  if (freedom < 1) return Number.NaN
  // Beyond the table: the first terms of the expansion in 1 / freedom (Cornish and Fisher).
  return (student[freedom - 1] ?? normal + 2.372 / freedom + 2.82 / freedom ** 2) / normal
}

/** A mean of independent numbers and its error bar, from their spread. */
export interface Mean {
  readonly mean: number
  readonly error: number
}

export function meanOf(numbers: readonly number[]): Mean {
  const count = numbers.length
  const mean = numbers.reduce((a, b) => a + b, 0) / count
  const squares = numbers.reduce((sum, one) => sum + (one - mean) ** 2, 0)
  return { mean, error: Math.sqrt(squares / (count - 1) / count) * fewNumbersFactor(count - 1) }
}

/** The same with an error bar of at least so much, where values come in steps and a few of them may be equal by chance. */
export const withLeast = ({ mean, error }: Mean, least: number): Mean => ({
  mean,
  error: Math.max(error, least),
})

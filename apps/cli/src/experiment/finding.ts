/** A number that an experiment has measured, and what it should be. */
export interface Measured {
  readonly value: number
  /** One standard error of the value, from seeds, a fit or rounding. NaN where it cannot be told. */
  readonly uncertainty: number
  /** What theory or the paper says. */
  readonly theory: number
  /** How the value should lie to the theory; equal unless said. */
  readonly relation?: 'equal' | 'at most' | 'at least'
  /** With a larger uncertainty than this the number says nothing: the run was too small. */
  readonly resolution: number
}

export type Verdict = 'agrees' | 'differs' | 'too noisy'

/** So many standard errors from the theory still agree: 95 % of values do where the theory holds. */
const agreeing = 2

/**
 * Whether a number agrees with the theory within two of its error bars. One whose error bar is wider than its
 * resolution, or is not known, is too noisy to tell.
 */
export function verdictOf({ value, uncertainty, theory, relation = 'equal', resolution }: Measured): Verdict {
  const usable = Number.isFinite(value) && uncertainty >= 0 && uncertainty <= resolution
  if (!usable) return 'too noisy'
  const over = value - theory
  const off = { equal: Math.abs(over), 'at most': over, 'at least': -over }[relation]
  return off <= agreeing * uncertainty ? 'agrees' : 'differs'
}

/** A measured number with its name and its verdict, as reports and results.json have it. */
export interface Finding extends Required<Measured> {
  readonly name: string
  /** What the number is. */
  readonly statement: string
  /** Where the theory is from, or how the uncertainty was found. */
  readonly note: string
  readonly verdict: Verdict
}

import { integer, type Rule } from '@ntk/tensor/options'

/** 171! is beyond float64, and so are the moments of powers of that degree. */
const highest = 170

/** The degree of a polynomial activation. */
export const aDegree = (): Rule<number> =>
  integer(`an integer in [0, ${highest}]`, (v) => v >= 0 && v <= highest)

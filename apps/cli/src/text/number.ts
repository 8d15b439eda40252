/** A number as axes and titles write it: three digits, powers of ten where it is far from 1, a true minus. */
export function shortNumber(value: number, digits: number = 3): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) {
    const [mantissa = '', exponent = ''] = value.toExponential(digits - 1).split('e')
    return `${Number(mantissa)}·10${superscript(Number(exponent))}`.replace('-', '−')
  }
  return String(Number(value.toPrecision(digits))).replace('-', '−')
}

export function superscript(value: number): string {
  const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹'
  return [...String(value)].map((c) => (c === '-' ? '⁻' : (digits[Number(c)] ?? c))).join('')
}

/** `1.2 %`, with as many digits as say something. */
export function percent(share: number): string {
  return `${shortNumber(100 * share, 2)} %`
}

/** A number with its standard error, as many decimals as the error has in two digits: `−0.348 ± 0.062`. */
export function withUncertainty(value: number, uncertainty: number): string {
  if (!Number.isFinite(uncertainty) || uncertainty <= 0) return shortNumber(value)
  const decimals = 1 - Math.floor(Math.log10(uncertainty))
  const size = Math.max(Math.abs(value), uncertainty)
  if (decimals < 0 || decimals > 6 || size >= 1e5) {
    return `${shortNumber(value, digitsBeside(value, uncertainty))} ± ${shortNumber(uncertainty, 2)}`
  }
  return `${value.toFixed(decimals)} ± ${uncertainty.toFixed(decimals)}`.replaceAll('-', '−')
}

/** Digits of a number that its error bar lets count: at least two, at most twelve. */
export function digitsBeside(value: number, uncertainty: number): number {
  const decades = Math.floor(Math.log10(Math.abs(value))) - Math.floor(Math.log10(uncertainty))
  return Number.isFinite(decades) ? Math.min(12, Math.max(2, decades + 2)) : 2
}

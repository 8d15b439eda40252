import type { ReportTable } from '../report/html.js'
import { digitsBeside, shortNumber, withUncertainty } from '../text/number.js'
import type { Finding } from './finding.js'

const relations = { equal: '', 'at most': 'at most ', 'at least': 'at least ' } as const

/** What theory says, to the decimals of the error bar of what is held against it: 61.693 beside 61.6929 ± 0.0045. */
export function theoryText({
  relation,
  theory,
  uncertainty,
}: Pick<Finding, 'relation' | 'theory' | 'uncertainty'>): string {
  return `${relations[relation]}${shortNumber(theory, Math.max(3, digitsBeside(theory, uncertainty)))}`
}

/** The findings of a run as a table: what was measured, what theory says, and whether they agree. */
export function findingsTable(findings: readonly Finding[]): ReportTable {
  return {
    caption: 'Measured, and what theory says',
    head: ['', 'measured', 'theory', 'verdict', ''],
    unbroken: [1, 2, 3],
    rows: findings.map((finding) => [
      finding.statement,
      withUncertainty(finding.value, finding.uncertainty),
      theoryText(finding),
      finding.verdict,
      finding.note,
    ]),
    note: 'Error bars are one standard error; a number agrees within two of them. Too noisy: its error bar is too wide to tell.',
  }
}

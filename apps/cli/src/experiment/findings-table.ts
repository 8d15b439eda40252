import type { ReportTable } from '../report/html.js'
import { shortNumber, withUncertainty } from '../text/number.js'
import type { Finding } from './finding.js'

const relations = { equal: '', 'at most': 'at most ', 'at least': 'at least ' } as const

export function theoryText({ relation, theory }: Pick<Finding, 'relation' | 'theory'>): string {
  return `${relations[relation]}${shortNumber(theory)}`
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

import pc from 'picocolors'
import { duration } from '../progress/progress.js'
import { withUncertainty } from '../text/number.js'
import { theoryText } from './findings-table.js'
import type { RunOutcome } from './run.js'

/** What a finished run prints: facts, findings beside theory, and where the report is. */
export function summaryOf(
  { headline, facts, findings, report }: RunOutcome,
  seconds: number,
  colour: boolean,
): string {
  const colours = pc.createColors(colour)
  const rows = [
    ...facts.map(({ label, value, note }) => ({ label, value, note })),
    ...findings.map((finding) => ({
      label: finding.statement,
      value: withUncertainty(finding.value, finding.uncertainty),
      note: `theory ${theoryText(finding)}: ${finding.verdict}`,
    })),
  ]
  const width = Math.max(...rows.map(({ label }) => label.length))
  const lines = rows.map(({ label, value, note }) => {
    const behind = note === undefined ? '' : colours.dim(`  (${note})`)
    return `  ${label.padEnd(width)}  ${colours.bold(value)}${behind}`
  })
  return [
    '',
    colours.bold(headline),
    ...lines,
    '',
    `  report  ${colours.cyan(report)}`,
    `  took    ${duration(seconds)}`,
    '',
  ].join('\n')
}

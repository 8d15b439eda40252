import pc from 'picocolors'

/** What the process ends with: scripts may rely on these. */
export const exitCode: { readonly ok: 0; readonly bug: 1; readonly user: 2; readonly interrupted: 130 } = {
  ok: 0,
  bug: 1,
  user: 2,
  interrupted: 130,
}

/** The JSON form of an error, printed on stdout under `--json`. */
export interface ErrorReport {
  readonly code: string
  readonly what: string
  readonly got?: string
  readonly fix?: string
  /** What stays usable after the error, such as a run folder to resume. */
  readonly kept?: string
  readonly stack?: string
}

/** The report as a few lines for a person. */
export function formatReport(report: ErrorReport, colour: boolean): string {
  const colours = pc.createColors(colour)
  const label = (name: string): string => colours.dim(name.padStart(7))
  const lines = [`${colours.red(colours.bold(`error ${report.code}:`))} ${colours.red(report.what)}`]
  if (report.got !== undefined) lines.push(`${label('got')}  ${report.got}`)
  if (report.fix !== undefined) lines.push(`${label('fix')}  ${report.fix}`)
  if (report.kept !== undefined) lines.push(`${label('kept')}  ${report.kept}`)
  if (report.stack !== undefined) lines.push('', colours.dim(report.stack))
  return `${lines.join('\n')}\n`
}

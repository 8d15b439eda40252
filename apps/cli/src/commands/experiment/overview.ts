import { theoryText } from '../../experiment/findings-table.js'
import type { Kept } from '../../kept/results.js'
import { duration } from '../../progress/progress.js'
import { escapeHtml, page, renderFigures, renderTable } from '../../report/html.js'
import { withUncertainty } from '../../text/number.js'

const head = ['experiment', 'finding', 'measured', 'theory or paper', 'verdict']

const rowsOf = ({ name, findings }: Kept): string[][] =>
  findings.map((finding) => [
    name,
    finding.statement,
    withUncertainty(finding.value, finding.uncertainty),
    theoryText(finding),
    finding.verdict,
  ])

/** All results on one page: every finding in one table, then each experiment with its figures. */
export function overviewPage(kept: readonly Kept[]): string {
  const findings = renderTable({
    caption: 'Measured, and what theory or the paper says',
    head,
    unbroken: [0, 2, 3, 4],
    rows: kept.flatMap(rowsOf),
    note: 'Error bars are one standard error; a number agrees within two of them. Too noisy: its error bar is too wide to tell.',
  })
  const runs = renderTable({
    caption: 'Runs',
    head: ['experiment', 'command', 'preset', 'stages took'],
    unbroken: [0, 2, 3],
    rows: kept.map((one) => [one.name, one.commands.join('; '), one.preset ?? '–', timeOf(one)]),
  })
  const each = kept.map(
    ({ name, headline, figures }) =>
      `<h2>${escapeHtml(name)}</h2>\n<p class="lead">${escapeHtml(headline)}</p>\n${renderFigures(figures)}`,
  )
  return page(
    'Experiments',
    `<header>
<p class="kicker">ntk experiment report</p>
<h1>${kept.length === 1 ? 'One experiment' : `${kept.length} experiments`}</h1>
</header>
<h2>Findings</h2>
${findings}
<h2>How they were run</h2>
${runs}
${each.join('\n')}`,
  )
}

const timeOf = ({ seconds }: Kept): string => (seconds === undefined ? '–' : duration(seconds))

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** The findings and the runs as tables of Markdown. */
export function overviewMarkdown(kept: readonly Kept[]): string {
  const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
    [row(titles), row(titles.map(() => '---')), ...rows.map(row)].join('\n')
  const runs = kept.map((one) => [
    `\`${one.name}\``,
    one.commands.map((command) => `\`${command}\``).join(' '),
    timeOf(one),
  ])
  const findings = kept.flatMap(rowsOf).map(([name, ...rest]) => [`\`${name}\``, ...rest])
  return `${table(head, findings)}\n\n${table(['experiment', 'command', 'stages took'], runs)}\n`
}

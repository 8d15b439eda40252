import { hue, ink } from '../figures/theme.js'
import { figureColours, reportStyle } from './style.js'

/** One number that the reader should see first. */
export interface Fact {
  readonly label: string
  readonly value: string
  readonly note?: string
}

export interface ReportFigure {
  readonly svg: string
  /** What to look at and why it is so. */
  readonly caption: string
  /** Two narrow figures in a row stand side by side. */
  readonly narrow?: boolean
}

export interface ReportTable {
  readonly caption: string
  readonly head: readonly string[]
  /** Numbers as they should read; a cell that is a number in text is set right. */
  readonly rows: readonly (readonly string[])[]
  readonly note?: string
  /** Columns whose cells stay on one line. */
  readonly unbroken?: readonly number[]
}

/** All that a report says, in the order in which it says it. */
export interface Report {
  /** The finding, as a sentence. */
  readonly title: string
  readonly kicker: string
  readonly lead: string
  readonly warnings: readonly string[]
  readonly facts: readonly Fact[]
  /** What was measured beside what theory says. */
  readonly findings?: ReportTable
  readonly figures: readonly ReportFigure[]
  readonly tables: readonly ReportTable[]
  /** The resolved config as YAML. */
  readonly config: string
  readonly environment: readonly (readonly [string, string])[]
  /** Commands that give the same numbers again. */
  readonly reproduce: string
  readonly files: readonly (readonly [string, string])[]
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** An SVG of ours for a page: its neutral colours become variables of the page, so that it follows light and dark. */
export function inlineSvg(svg: string): string {
  const variables: readonly (readonly [string, string])[] = [
    [ink.text, 'var(--fig-text)'],
    [ink.soft, 'var(--fig-soft)'],
    [ink.grid, 'var(--fig-grid)'],
    [ink.background, 'var(--fig-back)'],
    ['white', 'var(--fig-back)'],
    [hue.closedForm, `var(--fig-indigo, ${hue.closedForm})`],
  ]
  const themed = variables.reduce((text, [colour, name]) => text.replaceAll(`"${colour}"`, `"${name}"`), svg)
  return themed.replace(/^[\s\S]*?<svg/, '<svg')
}

/** An SVG of ours as a file of its own, for pages that are light or dark by their own switch. */
export const svgFile = (svg: string, look: keyof typeof figureColours): string =>
  inlineSvg(svg).replace('>', `><style>:root { ${figureColours[look]} }</style>`)

const numeric = /^[−+-]?[\d.,]+(·10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)?( ?(%|s|ms|GB|MB|min( \d+ s)?))?$/

function cell(tag: 'td' | 'th', text: string, look: string): string {
  return `<${tag}${look === '' ? '' : ` class="${look}"`}>${escapeHtml(text)}</${tag}>`
}

/** A table as HTML. */
export function renderTable(table: ReportTable): string {
  const looks = table.head.map((_, column) => {
    const numbers = table.rows.every((row) => numeric.test(row[column] ?? '') || row[column] === '–')
    if (numbers) return 'number'
    return table.unbroken?.includes(column) === true ? 'unbroken' : ''
  })
  const line = (tag: 'td' | 'th', cells: readonly string[]): string =>
    `<tr>${cells.map((text, column) => cell(tag, text, looks[column] ?? '')).join('')}</tr>`
  const note = table.note === undefined ? '' : `<p class="note">${escapeHtml(table.note)}</p>`
  return `<div><div class="scroll"><table><caption>${escapeHtml(table.caption)}</caption>
<thead>${line('th', table.head)}</thead>
<tbody>${table.rows.map((row) => line('td', row)).join('\n')}</tbody></table></div>${note}</div>`
}

/** Figures as HTML, narrow ones side by side. */
export function renderFigures(figures: readonly ReportFigure[]): string {
  const html: string[] = []
  let open = false
  for (const figure of figures) {
    const narrow = figure.narrow === true
    if (narrow !== open) html.push(narrow ? '<div class="pair">' : '</div>')
    open = narrow
    html.push(
      `<figure class="figure">${inlineSvg(figure.svg)}<figcaption>${escapeHtml(figure.caption)}</figcaption></figure>`,
    )
  }
  if (open) html.push('</div>')
  return html.join('\n')
}

function renderPairs(pairs: readonly (readonly [string, string])[], caption: string): string {
  return `<div class="scroll"><table><caption>${escapeHtml(caption)}</caption><tbody>${pairs
    .map(([label, value]) => `<tr><td>${escapeHtml(label)}</td><td>${escapeHtml(value)}</td></tr>`)
    .join('\n')}</tbody></table></div>`
}

/** A text whose percentages stay on one line. */
function together(text: string): string {
  return escapeHtml(text).replaceAll(/(\d) %/g, '$1&nbsp;%')
}

function renderFact({ label, value, note }: Fact): string {
  const below = note === undefined ? '' : `<div class="note">${together(note)}</div>`
  return `<div class="fact"><div class="label">${escapeHtml(label)}</div><div class="value">${escapeHtml(value)}</div>${below}</div>`
}

/** A whole page around what stands in its body: one file that needs no network, no script, no fonts. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>
${reportStyle}
</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
}

/** The report as one file that needs nothing else. */
export function renderReport(report: Report): string {
  const warnings =
    report.warnings.length === 0
      ? ''
      : `<div class="warnings"><ul>${report.warnings.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul></div>`
  return page(
    report.title,
    `<header>
<p class="kicker">${escapeHtml(report.kicker)}</p>
<h1>${escapeHtml(report.title)}</h1>
${report.lead
  .split('\n\n')
  .map((text) => `<p class="lead">${together(text)}</p>`)
  .join('\n')}
</header>
${warnings}
<section class="facts">${report.facts.map(renderFact).join('\n')}</section>
${report.findings === undefined ? '' : `<h2>Findings</h2>\n${renderTable(report.findings)}`}
<h2>Figures</h2>
${renderFigures(report.figures)}
<h2>Numbers</h2>
<div class="tables">
${report.tables.map(renderTable).join('\n')}
</div>
<h2>Do it again</h2>
<pre>${escapeHtml(report.reproduce)}</pre>
<details><summary>The resolved config</summary><pre>${escapeHtml(report.config)}</pre></details>
<h2>Where it ran, and what it left</h2>
<div class="pair">
${renderPairs(report.environment, 'Environment')}
${renderPairs(report.files, 'Files beside this report')}
</div>
<footer>Made by ntk. Figures are also there as SVG, PNG and Vega-Lite JSON in <code>figures/</code>.</footer>`,
  )
}

import type { ExperimentResult, KnownExperiment, SettingDifference } from '@ntk/cli/results'
import { escapeHtml, htmlTable, plain } from './text.js'

/** Lines of a run's environment that a reader compares times by. */
const worthTelling = ['processor', 'memory', 'Node', 'backend', 'products', 'BLAS build', 'GPU']

/** The page of one experiment; its figures stand in a folder of its name beside it. */
export function experimentPage(known: KnownExperiment, result: ExperimentResult): string {
  const { name, figures, findings } = result
  return [
    `# ${plain(known.shows)}`,
    `${plain(known.place)} of ${plain(known.paper)}.`,
    `**Found:** ${plain(result.headline)}.`,
    ...(figures.length === 0 ? [] : ['## Figures', ...figures.map((figure) => figureOf(name, figure))]),
    ...(findings.length === 0 ? [] : ['## Measured, and what theory or the paper says', findingsOf(result)]),
    '## The same on your machine',
    `\`\`\`sh\n${result.commands.join('\n')}\n\`\`\``,
    timeOf(result),
    '## Settings that are not the paper’s',
    settingsOf(result.differences),
  ].join('\n\n')
}

function figureOf(folder: string, { name, caption }: ExperimentResult['figures'][number]): string {
  const image = (look: 'light' | 'dark'): string =>
    `<img class="${look}-only" loading="lazy" alt="${escapeHtml(name)}: ${escapeHtml(caption)}" src="./${folder}/${name}.${look}.svg">`
  return [
    '<figure class="result">',
    `<div class="scrolls" tabindex="0" role="region" aria-label="figure ${escapeHtml(name)}">${image('light')}${image('dark')}</div>`,
    `<figcaption v-pre>${escapeHtml(caption)}</figcaption>`,
    '</figure>',
  ].join('\n')
}

function findingsOf({ findings }: ExperimentResult): string {
  const notes = [...new Set(findings.map(({ note }) => note))]
  const mark = (note: string): string => (notes.length < 2 ? '' : `<sup>${notes.indexOf(note) + 1}</sup>`)
  const table = htmlTable(
    'findings',
    ['', 'measured', 'theory or paper', 'verdict'],
    findings.map(({ statement, measured, theory, verdict, note }) => [
      escapeHtml(statement) + mark(note),
      `<span class="number">${escapeHtml(measured)}</span>`,
      `<span class="number">${escapeHtml(theory)}</span>`,
      `<span class="verdict ${verdict.replace(' ', '-')}">${verdict}</span>`,
    ]),
  )
  const list = notes.map((note, i) => (notes.length < 2 ? plain(note) : `${i + 1}. ${plain(note)}`))
  return `${table}\n\nError bars are one standard error; a number agrees within two of them. *Too noisy*: its error bar is too wide to tell.\n\n${list.join('\n')}`
}

function timeOf({ took, machines }: ExperimentResult): string {
  const told = machines.map((lines) =>
    lines
      .filter(([label]) => worthTelling.includes(label))
      .map(([label, text]) => `${label}: ${label === 'Node' ? (text.split(' ')[0] ?? '') : text}`)
      .join('; '),
  )
  const on = [...new Set(told)].filter((text) => text !== '')
  const where = on.length === 0 ? [] : ['It ran on:', on.map((text) => `- ${plain(text)}`).join('\n')]
  return [`All stages together took ${took ?? 'a time that was not kept'}.`, ...where].join('\n\n')
}

const value = (one: unknown): string =>
  one === undefined ? '–' : `<code>${escapeHtml(JSON.stringify(one).replaceAll(',', ', '))}</code>`

function settingsOf(differences: readonly SettingDifference[] | null): string {
  if (differences === null) return 'This experiment follows no paper.'
  if (differences.length === 0) return 'All are as the preset `paper` has them.'
  return `${htmlTable(
    'settings',
    ['setting', 'here', 'paper'],
    differences.map(({ setting, here, paper }) => [
      `<code>${escapeHtml(setting)}</code>`,
      value(here),
      value(paper),
    ]),
  )}\n\nThe paper’s: \`--preset paper\`; each alone: \`--set name=value\`.`
}

/**
 * The table of results in the README of `apps/cli`, from `results/` (as `ntk experiment report --preset standard --out results` leaves
 * it): `tsx scripts/results-table.ts` writes it anew.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ExperimentResult, readResults } from '@ntk/cli/results'
import { root } from './workspace.js'

export const readme: string = join(root, 'apps/cli/README.md')

const [begin, end] = ['<!-- results -->', '<!-- end of results -->']

const verdicts = ['agrees', 'differs', 'too noisy'] as const

function rowOf({ name, headline, findings, took }: ExperimentResult): string {
  const counts = verdicts.map((verdict) => findings.filter((finding) => finding.verdict === verdict).length)
  return `| [\`${name}\`](../../results/${name}) | ${headline.replaceAll('|', '\\|')} | ${counts.join(' | ')} | ${took ?? '–'} |`
}

export async function resultsTable(): Promise<string> {
  const results = await readResults(join(root, 'results'))
  const all = results.flatMap(({ findings }) => findings)
  const total = verdicts.map((verdict) => all.filter((finding) => finding.verdict === verdict).length)
  return [
    '| experiment | found | agree | differ | too noisy | stages took |',
    '|---|---|---|---|---|---|',
    ...results.map(rowOf),
    `| together | ${all.length} findings | ${total.join(' | ')} | |`,
  ].join('\n')
}

/** The README with another table between its marks. */
export function withTable(text: string, table: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${readme} has no ${begin} ... ${end}`)
  return `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), await resultsTable()))
}

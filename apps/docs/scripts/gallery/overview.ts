import type { ExperimentResult, KnownExperiment } from '@ntk/cli/results'
import { escapeHtml, htmlTable, plain } from './text.js'

const verdicts = ['agrees', 'differs', 'too noisy'] as const

const countText = ({ findings }: ExperimentResult): string =>
  verdicts
    .map((verdict) => ({ verdict, n: findings.filter((one) => one.verdict === verdict).length }))
    .filter(({ n }) => n > 0)
    .map(
      ({ verdict, n }) =>
        `${n} ${verdict === 'agrees' && n > 1 ? 'agree' : verdict === 'differs' && n > 1 ? 'differ' : verdict}`,
    )
    .join(', ')

/** Experiments by paper, in the order in which papers come first. */
export function byPaper(known: readonly KnownExperiment[]): [string, KnownExperiment[]][] {
  const papers = new Map<string, KnownExperiment[]>()
  for (const one of known) papers.set(one.paper, [...(papers.get(one.paper) ?? []), one])
  return [...papers]
}

/** All experiments by paper: those with results lead to their pages, of others the command that makes them is told. */
export function overview(
  known: readonly KnownExperiment[],
  results: ReadonlyMap<string, ExperimentResult>,
): string {
  const all = [...results.values()].flatMap(({ findings }) => findings)
  const agree = all.filter(({ verdict }) => verdict === 'agrees').length
  const row = (one: KnownExperiment): string[] => {
    const result = results.get(one.name)
    const place = escapeHtml(one.place)
    return result === undefined
      ? [
          place,
          escapeHtml(one.shows),
          `no results yet: <code>ntk experiment run ${escapeHtml(one.name)} --preset standard</code>`,
        ]
      : [
          `<a href="./${encodeURIComponent(one.name)}.html">${place}</a>`,
          `${escapeHtml(one.shows)}. <em>${escapeHtml(result.headline)}.</em>`,
          countText(result),
        ]
  }
  const found =
    all.length === 0
      ? 'No results are kept here yet.'
      : `Of ${all.length} numbers of ${results.size} experiments, ${agree} agree with what theory or the paper says; each page says which, and how it was measured.`
  return [
    '# Figures of the papers',
    `Figures and tables of the papers that this library follows, computed by it with one command each. ${found}`,
    'The numbers come from `ntk experiment run`, most of them at settings that take minutes on two cores; `--preset paper` has those of the papers. What is kept here is what `ntk experiment report --preset standard --out results` writes.',
    ...byPaper(known).flatMap(([paper, experiments]) => [
      `## ${plain(paper)}`,
      htmlTable(paper, ['', 'shows', 'findings'], experiments.map(row)),
    ]),
  ].join('\n\n')
}

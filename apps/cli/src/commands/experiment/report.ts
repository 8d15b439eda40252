import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { type Finding } from '../../experiment/finding.js'
import type { Prepared, Request } from '../../frame/command.js'
import { experiments } from '../../papers/all.js'
import { duration } from '../../progress/progress.js'
import { writeAtomic } from '../../runs/atomic.js'
import { makeFolder, type RunDirectory } from '../../runs/directory.js'
import { valueAt } from '../../settings/objects.js'
import { commandsOf, presetOf, runsIn } from './kept.js'
import { type Kept, overviewMarkdown, overviewPage } from './overview.js'

/** `ntk experiment report` */
export function reportExperiments(request: Request<never>): Prepared {
  const { cwd } = request.io
  const folder = request.text('runs') ?? 'runs'
  const out = request.text('out') ?? folder
  return {
    async run() {
      const kept = newestOfEach(cwd, folder, request.text('preset'))
      if (kept.length === 0) {
        throw new NtkError('file', {
          what: `There is no finished run of an experiment in ${folder}.`,
          fix: 'Run one first, such as ntk experiment run lee-s9, or name the folder with --runs.',
        })
      }
      const target = resolve(cwd, out)
      makeFolder(target)
      const own = target === resolve(cwd, folder)
      if (!own) for (const one of kept) keep(one, target)
      writeAtomic(join(target, 'report.html'), overviewPage(kept))
      writeAtomic(join(target, 'report.md'), overviewMarkdown(kept))
      const findings = kept.flatMap(({ findings }) => findings)
      const count = (verdict: Finding['verdict']): number =>
        findings.filter((finding) => finding.verdict === verdict).length
      const told = `${findings.length} findings: ${count('agrees')} agree, ${count('differs')} differ, ${count('too noisy')} too noisy`
      const report = join(relative(cwd, target) || '.', 'report.html')
      return {
        json: {
          report,
          experiments: kept.map(({ name, run, preset, headline, findings }) => ({
            name,
            run: run.shown,
            preset: preset ?? null,
            headline,
            findings,
          })),
        },
        text: () => `${kept.length} experiments, ${told}\n\n  report  ${report}\n`,
      }
    },
  }
}

/** The newest finished run of every experiment, in the order of the list; those of files behind. */
function newestOfEach(cwd: string, folder: string, preset: string | undefined): Kept[] {
  const newest = new Map<string, Kept>()
  for (const { run, experiment } of runsIn(cwd, folder)) {
    const isWanted = preset === undefined || presetOf(run) === preset
    const isExperiment = experiment?.startsWith('experiment run ') === true
    if (!isWanted || !isExperiment || newest.has(experiment) || !existsSync(run.file('results.json')))
      continue
    newest.set(experiment, read(run))
  }
  const order = Object.keys(experiments)
  const place = ({ name }: Kept): number => (order.includes(name) ? order.indexOf(name) : order.length)
  return [...newest.values()].sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1))
}

function read(run: RunDirectory): Kept {
  const json = (name: string): unknown => JSON.parse(readFileSync(run.file(name), 'utf8'))
  const results = json('results.json')
  const figures: { name: string; caption: string; narrow: boolean }[] = list(results, 'figures')
  const environment = existsSync(run.file('environment.json')) ? json('environment.json') : {}
  const seconds = valueAt(environment, ['seconds'])
  return {
    run,
    name: String(valueAt(results, ['experiment'])),
    headline: String(valueAt(results, ['headline'])),
    findings: list(results, 'findings'),
    figures: figures.map(({ name, caption, narrow }) => ({
      name,
      caption,
      narrow,
      svg: readFileSync(run.file('figures', `${name}.svg`), 'utf8'),
    })),
    preset: presetOf(run),
    commands: commandsOf(run),
    took: typeof seconds === 'number' ? duration(seconds) : '–',
  }
}

function list<T>(results: unknown, key: string): T[] {
  const found = valueAt(results, [key])
  return Array.isArray(found) ? found : []
}

const small = ['config.yaml', 'command.json', 'results.json', 'environment.json']

/** Copies what the page is made of. */
function keep({ run, name, figures }: Kept, target: string): void {
  makeFolder(join(target, name, 'figures'))
  const files = [...small, ...figures.map((figure) => `figures/${figure.name}.svg`)]
  for (const file of files)
    if (existsSync(run.file(file))) copyFileSync(run.file(file), join(target, name, file))
}

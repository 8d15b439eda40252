import { existsSync, readFileSync } from 'node:fs'
import type { Finding } from '../experiment/finding.js'
import { runCommand } from '../experiment/runnable.js'
import { experiments } from '../papers/all.js'
import type { ReportFigure } from '../report/html.js'
import type { OpenedRun, RunDirectory } from '../runs/directory.js'
import { isPlainObject, valueAt } from '../settings/objects.js'
import { commandsOf, presetOf, runsIn } from './command.js'

/** What is read of a finished run. */
export interface Kept {
  readonly run: RunDirectory
  readonly name: string
  readonly headline: string
  readonly findings: readonly Finding[]
  readonly figures: readonly (ReportFigure & { readonly name: string })[]
  readonly config: Readonly<Record<string, unknown>>
  readonly preset: string | undefined
  readonly commands: readonly string[]
  /** How long all its stages took together; undefined of a run that does not say. */
  readonly seconds: number | undefined
  /** The machines that worked on it, each as lines of a name and a text. */
  readonly machines: readonly (readonly (readonly [string, string])[])[]
}

/** The newest finished run of every experiment, in the order of the list; those of files behind. */
export function newestOfEach(cwd: string, folder: string, preset: string | undefined): Kept[] {
  const newest = new Map<string, Kept>()
  for (const opened of runsIn(cwd, folder)) {
    const { run, experiment } = opened
    const isWanted = preset === undefined || presetOf(run) === preset
    const isExperiment = experiment?.startsWith(runCommand) === true
    if (!isWanted || !isExperiment || newest.has(experiment) || !existsSync(run.file('results.json')))
      continue
    newest.set(experiment, read(opened))
  }
  const order = Object.keys(experiments)
  const place = ({ name }: Kept): number => (order.includes(name) ? order.indexOf(name) : order.length)
  return [...newest.values()].sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1))
}

function read({ run, config }: OpenedRun): Kept {
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
    config: isPlainObject(config) ? config : {},
    preset: presetOf(run),
    commands: commandsOf(run),
    seconds: typeof seconds === 'number' ? seconds : undefined,
    machines: list(environment, 'machines'),
  }
}

function list<T>(results: unknown, key: string): T[] {
  const found = valueAt(results, [key])
  return Array.isArray(found) ? found : []
}

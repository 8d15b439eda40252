import type { TopLevelSpec } from 'vega-lite'
import type { Progress } from '../progress/progress.js'
import type { Fact, ReportTable } from '../report/html.js'
import type { Settings } from '../settings/setting.js'
import type { Finding, Measured } from './finding.js'
import type { ResultsOf, StageEntry } from './stage.js'

/** Nested settings, each of them optional. */
export type Some<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Some<T[K]> }
    : T

/** How much an experiment is to take: seconds, minutes, or what the paper took. */
export type PresetName = 'quick' | 'standard' | 'paper'

/** Settings that every experiment has: where its run goes. */
export interface RunSettings {
  readonly out: string
}

/** What is known of an experiment without its code: enough for lists, help and configs. */
export interface ExperimentHead<C extends RunSettings> {
  /** As it is called on the command line: small letters, digits, dashes. */
  readonly name: string
  /** What it does, in one line. */
  readonly summary: string
  /** The paper and the figure or table that it follows. */
  readonly paper?: string
  /** What a config file may say and which flags say the same. */
  readonly settings: Settings<C>
  /** Settings by preset, in place of defaults; files and flags win over them. */
  readonly presets?: Readonly<Partial<Record<PresetName, Some<NoInfer<C>>>>>
  /**
   * The setting, a whole number by its name from the top (`networks`), that `--more` raises on a run that is there. Stages
   * must not read it: each of its units (a network, say) is a stage of its own, and who sums over them needs them.
   */
  readonly more?: string
}

/** A finished experiment: its stages are done and its numbers are gathered. */
export interface Done<S, R, M> {
  readonly setup: S
  readonly results: R
  readonly numbers: M
}

/** A figure as data: a Vega-Lite specification drawn from results. */
export interface Figure<D> {
  /** Of its files. */
  readonly name: string
  /** What to look at and why it is so. */
  readonly caption: string
  /** Two narrow figures in a row stand side by side. */
  readonly narrow?: boolean
  /** The specification with its data; null where this run has nothing to draw. */
  readonly draw: (done: D) => TopLevelSpec | null
}

/** A number that an experiment measures beside what theory says. */
export interface FindingDefinition<D> {
  readonly name: string
  /** What the number is, `slope of RMSE against width`; of the run where that decides it. */
  readonly statement: string | ((done: D) => string)
  /** Where the theory is from and how the uncertainty is found. */
  readonly note: string
  /** The number; null where this run does not measure it. */
  readonly measure: (done: D) => Measured | null
}

/** What a report says in words and tables, beside its figures and findings. */
export interface Story {
  /** What was found, in one sentence. */
  readonly headline: string
  /** What was done. */
  readonly lead: string
  /** The numbers to see first. */
  readonly facts: readonly Fact[]
  readonly tables?: readonly ReportTable[]
  /** What a reader must know before trusting the numbers. */
  readonly warnings?: readonly string[]
}

/**
 * An experiment is data. The frame asks for nothing else: it reads settings, runs the stages (and goes on with them after
 * an interruption), draws the figures, judges the findings and writes the report.
 */
export interface Experiment<
  C extends RunSettings,
  S,
  G extends Readonly<Record<string, StageEntry>>,
  M extends object,
> extends ExperimentHead<C> {
  /** Fills in defaults that depend on other settings, so that the config of the run says everything. */
  readonly resolve?: (config: C) => C
  /**
   * What follows from the config alone. Whatever can be refused is refused here, before anything is computed or written.
   */
  readonly setup: (config: C) => S
  /** The stages in the order in which they run; a stage comes after those that it needs. */
  readonly stages: (setup: S) => G
  /** What should be said before the work. What this machine lacks is refused here, before there is a folder. */
  readonly before?: (setup: S, progress: Progress) => void | Promise<void>
  /** The numbers that figures, findings and the story draw on; they go into results.json. */
  readonly numbers: (results: ResultsOf<G>, setup: S) => M
  readonly figures: readonly Figure<Done<S, ResultsOf<G>, M>>[]
  readonly findings: readonly FindingDefinition<Done<S, ResultsOf<G>, M>>[]
  readonly story: (done: Done<S, ResultsOf<G>, M>, findings: readonly Finding[]) => Story
  /** What of the numbers goes into results.json; all of them unless given. */
  readonly resultsJson?: (done: Done<S, ResultsOf<G>, M>) => object
}

/**
 * Defines an experiment. Types follow from each other: `setup` makes of the config what `stages` get, stages name what
 * they need of earlier ones, and figures and findings see the results of all of them.
 */
export function defineExperiment<
  C extends RunSettings,
  S,
  const G extends Readonly<Record<string, StageEntry>>,
  M extends object,
>(experiment: Experiment<C, S, G, M>): Experiment<C, S, G, M> {
  return experiment
}

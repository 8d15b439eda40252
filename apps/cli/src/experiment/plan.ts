import type { TopLevelSpec } from 'vega-lite'
import type { Progress } from '../progress/progress.js'
import type { Experiment, RunSettings, Story } from './experiment.js'
import { type Finding, verdictOf } from './finding.js'
import { type ResultOf, resultsOf, type Stage, type StageEntry, stagesOf } from './stage.js'

/** A figure that this run has something to draw for. */
export interface DrawnFigure {
  readonly name: string
  readonly caption: string
  readonly narrow: boolean
  readonly spec: TopLevelSpec
}

/** What a finished experiment has to say. */
export interface Gathered {
  readonly story: Story
  readonly findings: readonly Finding[]
  readonly figures: readonly DrawnFigure[]
  readonly results: object
}

/** An experiment with its config: the stages are listed, nothing has run. The frame knows no more of it. */
export interface ExperimentPlan {
  readonly name: string
  /** Behind `ntk`, what runs it: `dynamics`, `experiment run lee-s9`. */
  readonly command: string
  readonly config: object
  readonly stages: readonly Stage[]
  readonly before: (progress: Progress) => Promise<void>
  readonly gather: (result: ResultOf) => Gathered
}

const wellNamed = /^[a-z0-9][a-z0-9.-]*$/

/** Faults of the experiment itself, for whoever writes one. */
function checkStages(experiment: string, stages: readonly Stage[]): void {
  const before = new Set<Stage>()
  const names = new Set<string>()
  for (const stage of stages) {
    const fault = (text: string): never => {
      throw new Error(`experiment ${experiment}, stage ${stage.name}: ${text}`)
    }
    if (!wellNamed.test(stage.name)) fault('a name is small letters, digits, dots and dashes')
    if (names.has(stage.name)) fault('two stages have this name')
    for (const need of stage.needs)
      if (!before.has(need)) fault(`it needs ${need.name}, which does not come before it in stages()`)
    before.add(stage)
    names.add(stage.name)
  }
}

/**
 * Makes an experiment ready to run with a config.
 *
 * @param command what runs it, behind `ntk`; its name unless given
 * @throws what its `setup` throws for a config that cannot work
 */
export function planExperiment<
  C extends RunSettings,
  S,
  G extends Readonly<Record<string, StageEntry>>,
  M extends object,
>(experiment: Experiment<C, S, G, M>, config: C, command: string = experiment.name): ExperimentPlan {
  const setup = experiment.setup(config)
  const entries = experiment.stages(setup)
  const stages = stagesOf(entries)
  checkStages(experiment.name, stages)
  return {
    name: experiment.name,
    command,
    config,
    stages,
    before: async (progress) => experiment.before?.(setup, progress),
    gather(result) {
      const results = resultsOf(entries, result)
      const done = { setup, results, numbers: experiment.numbers(results, setup) }
      const findings = experiment.findings.flatMap(({ name, statement, note, measure }): Finding[] => {
        const measured = measure(done)
        if (measured === null) return []
        const said = typeof statement === 'string' ? statement : statement(done)
        return [{ name, statement: said, note, relation: 'equal', ...measured, verdict: verdictOf(measured) }]
      })
      const figures = experiment.figures.flatMap(({ name, caption, narrow = false, draw }): DrawnFigure[] => {
        const spec = draw(done)
        return spec === null ? [] : [{ name, caption, narrow, spec }]
      })
      const story = experiment.story(done, findings)
      return { story, findings, figures, results: experiment.resultsJson?.(done) ?? done.numbers }
    },
  }
}

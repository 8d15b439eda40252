import {
  defineExperiment,
  type Experiment,
  type ExperimentHead,
  type Figure,
  type FindingDefinition,
} from '../../experiment/experiment.js'
import { type PairDone, type PairNumbers, type PairStages, pairNumbers } from './numbers.js'
import { pairStage } from './pair.js'
import { samplesStage } from './samples.js'
import { makeSetup, type PairConfig, type PairSetup, type PairTask } from './setup.js'
import { pairStory } from './story.js'

/** An experiment of networks beside their linearizations. */
export function pairExperiment<C extends PairConfig>(
  head: ExperimentHead<C>,
  task: PairTask<C>,
  shown: {
    readonly figures: readonly Figure<PairDone<C>>[]
    readonly findings: readonly FindingDefinition<PairDone<C>>[]
    /** What the networks are, for the lead of the report. */
    readonly who: (config: C) => string
  },
): Experiment<C, PairSetup<C>, PairStages, PairNumbers> {
  return defineExperiment({
    ...head,
    more: 'networks',
    setup: (config: C) => makeSetup(config, task),
    stages: (setup: PairSetup<C>): PairStages => {
      const most = Math.max(...setup.cells.map(({ samples }) => samples))
      const data = samplesStage(setup.config, setup.shape, most, setup.keys.data)
      const networks = setup.cells.flatMap((cell) =>
        Array.from({ length: setup.config.networks }, (_, member) => pairStage(setup, data, cell, member)),
      )
      return { data, networks }
    },
    numbers: pairNumbers,
    figures: shown.figures,
    findings: shown.findings,
    story: (done: PairDone<C>, findings) => pairStory(done, findings, shown.who(done.setup.config)),
  })
}

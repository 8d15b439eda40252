import type { Experiment } from '../../experiment/experiment.js'
import { couplesOutputs } from '../../networks/coupling.js'
import { sayDevice } from '../../networks/device.js'
import type { Progress } from '../../progress/progress.js'
import { dynamicsFigures } from './figures.js'
import { dynamicsFindings } from './findings.js'
import { type DynamicsNumbers, dynamicsJson, dynamicsNumbers } from './numbers.js'
import { type DynamicsConfig, dynamicsHead, resolveDynamics } from './settings.js'
import { makeSetup, type Setup } from './setup.js'
import { type DynamicsStages, dynamicsStages } from './stages.js'
import { dynamicsStory } from './story.js'

/** On what it runs, and what keeps the closed form from being exact, said before the work. */
async function sayBefore(setup: Setup, progress: Progress): Promise<void> {
  await sayDevice(setup.config, progress)
  if (setup.config.training.batch !== 'full') {
    progress.warn(
      'Batches are drawn at random: the closed form is that of full batches, which they follow on average only.',
    )
  }
  if (!couplesOutputs(setup.config.data.train, setup.outputs)) {
    progress.warn(
      `${setup.config.data.train} images of ${setup.outputs} outputs are too many to couple: the closed form uses the mean of the kernel over outputs.`,
    )
  }
}

/** `ntk dynamics`: a network, its linearization and both closed forms through training, beside each other. */
export const dynamicsExperiment: Experiment<DynamicsConfig, Setup, DynamicsStages, DynamicsNumbers> = {
  ...dynamicsHead,
  resolve: resolveDynamics,
  setup: makeSetup,
  stages: dynamicsStages,
  before: sayBefore,
  numbers: dynamicsNumbers,
  figures: dynamicsFigures,
  findings: dynamicsFindings,
  story: dynamicsStory,
  resultsJson: ({ numbers, setup }) => dynamicsJson(numbers, setup),
}

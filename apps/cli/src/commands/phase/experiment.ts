import { defineExperiment, type Experiment } from '../../experiment/experiment.js'
import { phaseFigures } from './figures.js'
import { phaseFindings } from './findings.js'
import { type PhaseNumbers, phaseNumbers } from './numbers.js'
import { type PhaseConfig, phaseHead } from './settings.js'
import { makeSetup, type Setup } from './setup.js'
import { type PhaseStages, phaseStages } from './stages.js'
import { phaseStory } from './story.js'

/** `ntk phase`: order, chaos and depth of fully connected networks of an activation. */
export const phaseExperiment: Experiment<PhaseConfig, Setup, PhaseStages, PhaseNumbers> = defineExperiment({
  ...phaseHead,
  setup: makeSetup,
  stages: phaseStages,
  numbers: phaseNumbers,
  figures: phaseFigures,
  findings: phaseFindings,
  story: phaseStory,
  resultsJson: ({ numbers: { critical, laws }, results: { map } }) => ({
    critical,
    laws,
    line: map.values.line,
  }),
})

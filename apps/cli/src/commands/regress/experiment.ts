import { defineExperiment, type Experiment } from '../../experiment/experiment.js'
import { regressFigures } from './figures.js'
import { regressFindings } from './findings.js'
import { type RegressNumbers, regressNumbers } from './numbers.js'
import { type RegressConfig, regressHead } from './settings.js'
import { makeSetup, type Setup } from './setup.js'
import { type RegressStages, regressStages } from './stages.js'
import { regressStory } from './story.js'

export const regressExperiment: Experiment<RegressConfig, Setup, RegressStages, RegressNumbers> =
  defineExperiment({
    ...regressHead,
    setup: makeSetup,
    stages: regressStages,
    numbers: regressNumbers,
    figures: regressFigures,
    findings: regressFindings,
    story: regressStory,
  })

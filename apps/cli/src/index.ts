/** What an experiment of one's own is written with. The `ntk` command itself is in `bin.ts`. */
export {
  type Done,
  defineExperiment,
  type Experiment,
  type ExperimentHead,
  type Figure,
  type FindingDefinition,
  type PresetName,
  type RunSettings,
  type Some,
  type Story,
} from './experiment/experiment.js'
export { type Finding, type Measured, type Verdict, verdictOf } from './experiment/finding.js'
export { type PerformOptions, performExperiment } from './experiment/perform.js'
export type { RunOutcome } from './experiment/run.js'
export {
  type ResultOf,
  type ResultsOf,
  type Stage,
  type StageContext,
  type StageDefinition,
  type StageEntry,
  stage,
} from './experiment/stage.js'
export { type Mean, meanOf } from './measures/error-bar.js'
export { fitPowerLaw, type PowerLaw, type PowerPoint } from './measures/power-law.js'
export type { Progress, Task } from './progress/progress.js'
export type { Fact, ReportTable } from './report/html.js'
export type { MetricsRow } from './runs/metrics.js'
export type { StageOutput } from './runs/store.js'
export {
  type Kind,
  listOf,
  oneOf,
  onOff,
  orNone,
  orWord,
  type ReadContext,
  real,
  text,
  whole,
} from './settings/kind.js'
export { type Flag, group, optionalSetting, type Rule, type Settings, setting } from './settings/setting.js'

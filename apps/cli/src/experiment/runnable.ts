import { checkConfig } from '../settings/check.js'
import type { Settings } from '../settings/setting.js'
import type { Experiment, ExperimentHead, RunSettings } from './experiment.js'
import { type ExperimentPlan, planExperiment } from './plan.js'
import type { StageEntry } from './stage.js'

/** What stands before the name of an experiment in the command of its runs. */
export const runCommand = 'experiment run '

/** An experiment whose types nobody needs to know: what lists hold and commands run by name. */
export interface Runnable extends Omit<ExperimentHead<RunSettings>, 'settings' | 'presets'> {
  readonly settings: Settings<unknown>
  readonly presets: Readonly<Record<string, object>>
  /**
   * Settings with all defaults filled in, as the config of a run has them.
   *
   * @throws NtkError `config` for settings that are unknown or wrong
   */
  config(said: unknown, source: string): object
  /**
   * Makes it ready to run.
   *
   * @param said settings in place of defaults, not checked yet
   * @param source how to name them in messages
   * @param command what runs it, behind `ntk`
   * @throws NtkError `config` for settings that are unknown or wrong, and what its setup throws
   */
  plan(said: unknown, source: string, command: string): RunnablePlan
}

export interface RunnablePlan extends ExperimentPlan {
  /** The folder in which the folder of the run is made. */
  readonly out: string
}

export function runnable<
  C extends RunSettings,
  S,
  G extends Readonly<Record<string, StageEntry>>,
  M extends object,
>(experiment: Experiment<C, S, G, M>): Runnable {
  const { name, summary, paper, settings, presets, more } = experiment
  const configOf = (said: unknown, source: string): C => {
    const given = checkConfig(settings, said, source)
    return experiment.resolve?.(given) ?? given
  }
  return {
    name,
    summary,
    settings,
    ...(paper === undefined ? {} : { paper }),
    ...(more === undefined ? {} : { more }),
    presets: Object.fromEntries(Object.entries(presets ?? {}).map(([key, value]) => [key, Object(value)])),
    config: configOf,
    plan(said, source, command) {
      const config = configOf(said, source)
      return { ...planExperiment(experiment, config, command), out: config.out }
    },
  }
}

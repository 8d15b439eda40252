import type { ResolvedDynamics } from '../config/dynamics.js'
import type { Io } from '../io.js'
import type { Progress } from '../progress/progress.js'
import type { RunDirectory } from '../runs/directory.js'
import { MetricsLog } from '../runs/metrics.js'
import { finishedStages, runStages } from '../runs/stages.js'
import { gather } from './gather.js'
import { writeOutputs } from './outputs.js'
import type { Outcome, Plan } from './plan.js'
import { makeSetup, type Setup } from './setup.js'
import { dataStage } from './stages/data.js'
import { couplesOutputs, empiricalStage } from './stages/empirical.js'
import { kernelsStage } from './stages/kernels.js'
import { limitStage } from './stages/limit.js'
import { closedFormStage, infiniteStage } from './stages/prediction.js'
import { linearizedStage, networkStage } from './stages/training.js'
import { widthStage } from './stages/widths.js'

/** @throws NtkError `spec` or `config` for a network that cannot be built */
export function buildPlan(config: ResolvedDynamics, io: Io): Plan {
  const setup = makeSetup(config)
  const stages = [
    dataStage(setup, io),
    kernelsStage(setup),
    empiricalStage(setup),
    closedFormStage(setup),
    infiniteStage(setup),
    ...(config.training.limit ? [limitStage(setup)] : []),
    networkStage(setup),
    linearizedStage(setup),
    ...config.widths.map((width) => widthStage(setup, width)),
  ]
  return { setup, stages, io }
}

/** Runs what is left of a plan in a run folder and writes metrics, figures and report. */
export async function runPlan(
  plan: Plan,
  run: RunDirectory,
  context: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Outcome> {
  const { setup, stages } = plan
  warnOfInexactness(setup, context.progress)
  const log = new MetricsLog(run, finishedStages(run, stages))
  const { result, timings } = await runStages(run, stages, { ...context, onRows: (rows) => log.append(rows) })
  const results = { result }
  return writeOutputs({ plan, run, log, timings, results, findings: gather(setup, results), ...context })
}

/** What keeps the closed form from being exact, said before the work. */
function warnOfInexactness(setup: Setup, progress: Progress): void {
  if (setup.config.training.batch !== 'full') {
    progress.warn(
      'Batches are drawn at random: the closed form is that of full batches, which they follow on average only.',
    )
  }
  if (!couplesOutputs(setup)) {
    progress.warn(
      `${setup.config.data.train} images of ${setup.outputs} outputs are too many to couple: the closed form uses the mean of the kernel over outputs.`,
    )
  }
}

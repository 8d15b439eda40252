import { rmSync } from 'node:fs'
import { NtkError } from '@ntk/tensor'
import pc from 'picocolors'
import { checkConfig, configJsonSchema } from '../config/check.js'
import { type DynamicsFlag, dynamicsFlags, dynamicsSchema, resolveWidths } from '../config/dynamics.js'
import { type FlagTable, flagName } from '../config/flags.js'
import { resolveConfig } from '../config/resolve.js'
import type { CliContext } from '../context.js'
import { isAbort, KeptError } from '../errors.js'
import { type Io, wantsColour } from '../io.js'
import { createProgress } from '../progress/create.js'
import { duration, type Progress } from '../progress/progress.js'
import { quietly } from '../runs/atomic.js'
import { createRun, openRun, type RunDirectory } from '../runs/directory.js'
import { finishedStages } from '../runs/stages.js'
import { buildPlan, runPlan } from './pipeline.js'
import type { Outcome, Plan } from './plan.js'

/** The flags of `ntk dynamics` as they were typed. */
export type DynamicsFlags = { readonly [F in DynamicsFlag]?: string } & {
  readonly config?: string
  readonly network?: string
  readonly resume?: string
  readonly limit?: boolean
  readonly schema: boolean
  readonly json: boolean
}

// The one switch that is a setting; it takes no text and so is not in the table of text flags.
const allFlags: FlagTable = {
  ...dynamicsFlags,
  limit: { key: 'training.limit', read: 'text', brief: '', placeholder: '' },
}

/** `ntk dynamics`. */
export async function runDynamicsCommand(this: CliContext, flags: DynamicsFlags): Promise<void> {
  const { io } = this
  if (flags.schema) {
    io.stdout.write(`${configJsonSchema(dynamicsSchema, 'ntk dynamics')}\n`)
    return
  }
  const progress = createProgress(io, flags.json)
  const start = performance.now()
  // The plan is made before the folder: a network that cannot be built leaves nothing behind.
  const { run, plan } = flags.resume === undefined ? begin(io, flags) : resume(io, flags, flags.resume)
  const outcome = await finishOrKeep(io, run, plan, progress)
  const seconds = (performance.now() - start) / 1000
  if (flags.json) io.stdout.write(`${JSON.stringify({ ...outcome, seconds, warnings: progress.warnings })}\n`)
  else io.stdout.write(summary(outcome, seconds, wantsColour(io.stdout, io.env)))
}

interface Work {
  readonly run: RunDirectory
  readonly plan: Plan
}

function begin(io: Io, flags: DynamicsFlags): Work {
  const config = resolveWidths(
    resolveConfig(dynamicsSchema, allFlags, { cwd: io.cwd, flags, ...files(flags) }),
  )
  const plan = buildPlan(config, io)
  return { plan, run: createRun(io.cwd, config.out, config, new Date()) }
}

function resume(io: Io, flags: DynamicsFlags, path: string): Work {
  const names = [...Object.keys(allFlags), 'config', 'network']
  const other = names.find((name) => Reflect.get(flags, name) !== undefined)
  if (other !== undefined) {
    throw new NtkError('option', {
      what: `--resume goes on with the config of the run, so ${flagName(other)} has no place beside it.`,
      fix: 'Leave it out, or start a new run without --resume.',
    })
  }
  const opened = openRun(io.cwd, path)
  const config = resolveWidths(
    checkConfig(dynamicsSchema, opened.config, dynamicsFlags, `${path}/config.yaml`),
  )
  return { run: opened.run, plan: buildPlan(config, io) }
}

function files(flags: DynamicsFlags): { config?: string; network?: string } {
  return {
    ...(flags.config === undefined ? {} : { config: flags.config }),
    ...(flags.network === undefined ? {} : { network: flags.network }),
  }
}

async function finishOrKeep(io: Io, run: RunDirectory, plan: Plan, progress: Progress): Promise<Outcome> {
  try {
    return await runPlan(plan, run, { progress, signal: io.signal })
  } catch (error) {
    const done = finishedStages(run, plan.stages)
    if (done.length === 0) {
      quietly(() => rmSync(run.path, { recursive: true, force: true }))
      throw error
    }
    const stages = done.length === 1 ? '1 finished stage' : `${done.length} finished stages`
    const cause = isAbort(error) ? new NtkError('aborted', { what: 'Interrupted.' }) : error
    throw new KeptError(
      cause,
      `${stages} (${done.join(', ')}); go on with: ntk dynamics --resume ${run.shown}`,
    )
  }
}

function summary(outcome: Outcome, seconds: number, colour: boolean): string {
  const colours = pc.createColors(colour)
  const width = Math.max(...outcome.facts.map(({ label }) => label.length))
  const lines = outcome.facts.map(({ label, value, note }) => {
    const behind = note === undefined ? '' : colours.dim(`  (${note})`)
    return `  ${label.padEnd(width)}  ${colours.bold(value)}${behind}`
  })
  return [
    '',
    colours.bold(outcome.finding),
    ...lines,
    '',
    `  report  ${colours.cyan(outcome.report)}`,
    `  took    ${duration(seconds)}`,
    '',
  ].join('\n')
}

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import { NtkError, setThreads } from '@ntk/tensor'
import { findExperiment } from '../experiment/find.js'
import { described, makeHere } from '../experiment/here.js'
import { resultsIn } from '../experiment/run-stages.js'
import { runCommand } from '../experiment/runnable.js'
import type { Stage } from '../experiment/stage.js'
import type { Io } from '../frame/io.js'
import { experiments } from '../papers/all.js'
import type { Progress } from '../progress/progress.js'
import { openRun } from '../runs/directory.js'
import { loadStage, type Saved } from '../runs/store.js'
import { faultOf } from '../threads/fault.js'
import { type StageAsked, type StageSaid, type StagesStart, stop } from '../threads/messages.js'
import { outputOf } from '../threads/terminal.js'

/** Computes stages of a run, one at a time, as they are asked for. Results go to the disk, and nothing but word of them through the port. */
export function serveStages(port: MessagePort, start: StagesStart): void {
  const say = (said: StageSaid): void => port.postMessage(said)
  const controller = new AbortController()
  const perform = performer(start, say, controller.signal)
  port.on('message', (message: StageAsked | typeof stop) => {
    if (message === stop) controller.abort()
    else
      perform(message).then(
        () => say({ kind: 'made' }),
        (error: unknown) => say({ kind: 'failed', fault: faultOf(error) }),
      )
  })
}

function performer(
  { cwd, folder, stdout, stderr }: StagesStart,
  say: (said: StageSaid) => void,
  signal: AbortSignal,
): (asked: StageAsked) => Promise<void> {
  const { run, config, experiment: command = '' } = openRun(cwd, folder)
  const io: Io = {
    stdout: outputOf('stdout', stdout, say),
    stderr: outputOf('stderr', stderr, say),
    env: process.env,
    cwd,
    signal,
  }
  const planned = findExperiment(experiments, command.slice(runCommand.length), cwd).then(
    (found) => found.plan(config, `${folder}/config.yaml`, command).stages,
  )
  planned.catch(() => undefined)
  const saved = new Map<string, Saved>()
  let lastCores: number | undefined

  return async ({ stage: name, cores }) => {
    const stages = await planned
    const stage = stages.find((one) => one.name === name)
    if (stage === undefined) throw new Error(`the run has no stage ${name}`)
    if (cores !== lastCores) setThreads(cores === availableParallelism() ? 'auto' : cores)
    lastCores = cores
    for (const need of stage.needs) {
      const known = saved.get(need.name) ?? loadStage(run, described(need))
      if (known === undefined) throw missing(run.shown, need)
      saved.set(need.name, known)
    }
    await makeHere(run, stage, {
      result: resultsIn(saved),
      context: {
        io,
        signal,
        progress: progressTo(say),
        onPart: (share) => say({ kind: 'part', share }),
        record: (rows) => say({ kind: 'rows', rows }),
        checkpoint: (file) => join(run.folder('checkpoints'), file),
      },
    })
    // Other stages read again what they need.
    for (const { release } of saved.values()) release()
  }
}

const missing = (run: string, { name }: Stage): NtkError =>
  new NtkError('file', {
    what: `${join(run, 'stages', name)} was there and cannot be read any more.`,
    fix: 'Resume the run: what is missing is computed again.',
  })

/** What stages say. Those that run beside others make no tasks: one bar stands for all. */
const progressTo = (say: (said: StageSaid) => void): Progress => ({
  warnings: [],
  task: () => ({ update: () => {}, done: () => {}, stop: () => {} }),
  note: (text) => say({ kind: 'note', text }),
  warn: (text) => say({ kind: 'warn', text }),
})

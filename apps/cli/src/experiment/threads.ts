import { availableParallelism, freemem } from 'node:os'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import { NtkError } from '@ntk/tensor'
import type { Io } from '../frame/io.js'
import type { RunDirectory } from '../runs/directory.js'
import { loadStage } from '../runs/store.js'
import { errorOf } from '../threads/fault.js'
import { fullMemory, isFullMemory } from '../threads/full-memory.js'
import { type StageAsked, type StageSaid, type StagesStart, stop } from '../threads/messages.js'
import { terminalOf } from '../threads/terminal.js'
import { described, here } from './here.js'
import type { ExperimentPlan } from './plan.js'
import { runCommand } from './runnable.js'
import type { Stage } from './stage.js'
import { secondsOf } from './stages-progress.js'
import type { StageJob, Workshop } from './workshop.js'

/** A thread reads the engine and the experiment first: shorter runs than this, in seconds, are not worth it. */
const worthThreads = 4

/** Bytes of memory that a thread more should find free. */
const memoryOfThread = 1.5e9

/** More threads than this wait for each other's memory. */
const most = 16

/** As many as the machine has, or NTK_THREADS says. */
function coresFor({ env }: Pick<Io, 'env'>): number {
  const asked = Number(env.NTK_THREADS)
  return Number.isInteger(asked) && asked >= 1 ? asked : availableParallelism()
}

/**
 * How many of these stages run at once: as many as there are cores (or NTK_THREADS says), memory for and stages that could use them. One
 * where stages do not say how long they take: those show bars of their own.
 */
export function placesFor(stages: readonly Stage[], io: Pick<Io, 'entry' | 'env'>): number {
  const seconds = secondsOf(stages)
  if (io.entry === undefined || seconds === undefined || seconds < worthThreads) return 1
  const memory = Math.floor(freemem() / memoryOfThread)
  return Math.max(1, Math.min(coresFor(io), memory, widest(stages), most))
}

/** Seconds that stages take here, about: several at once, unless they run alone; undefined where one does not say. */
export function expectedSeconds(stages: readonly Stage[], io: Pick<Io, 'entry' | 'env'>): number | undefined {
  const whole = secondsOf(stages)
  if (whole === undefined) return undefined
  const alone = secondsOf(stages.filter((stage) => stage.alone)) ?? 0
  const longest = Math.max(0, ...stages.flatMap((stage) => (stage.alone ? [] : [stage.seconds ?? 0])))
  return alone + Math.max(longest, (whole - alone) / placesFor(stages, io))
}

/** The most stages that could run at once, by their needs. */
function widest(stages: readonly Stage[]): number {
  const levels = new Map<Stage, number>()
  const counts: number[] = []
  for (const stage of stages) {
    const level = 1 + Math.max(-1, ...stage.needs.map((need) => levels.get(need) ?? -1))
    levels.set(stage, level)
    counts[level] = (counts[level] ?? 0) + 1
  }
  return Math.max(1, ...counts)
}

/** Computes stages on threads of their own, `places` at once; on this one where that is one. */
export function workshopFor(
  run: RunDirectory,
  { command }: ExperimentPlan,
  stages: readonly Stage[],
  io: Io,
): Workshop {
  // Threads find it again by its name.
  const places = command.startsWith(runCommand) ? placesFor(stages, io) : 1
  if (places === 1) return here(run)
  // This process has made it, should nothing come of the run.
  run.folder('stages')
  const start: StagesStart = {
    cwd: io.cwd,
    folder: run.path,
    stdout: terminalOf(io.stdout),
    stderr: terminalOf(io.stderr),
  }
  const threads = Array.from({ length: places }, () => new StageThread(io, start))
  return {
    places,
    cores: coresFor(io),
    async make(stage, job, cores) {
      const free = threads.find((thread) => thread.idle)
      if (free === undefined) throw new Error('all places are taken')
      await free.make(stage, job, cores)
      const saved = loadStage(run, described(stage))
      if (saved !== undefined) return saved
      throw new NtkError('file', {
        what: `The result of stage ${stage.name} cannot be read back.`,
        fix: 'Resume the run: what is missing is computed again.',
      })
    },
    close: async () => void (await Promise.all(threads.map((thread) => thread.close()))),
  }
}

/** One thread, started when it gets its first stage. */
class StageThread {
  readonly #io: Io
  readonly #start: StagesStart
  #worker: Worker | undefined
  #work: Promise<void> | undefined

  constructor(io: Io, start: StagesStart) {
    this.#io = io
    this.#start = start
  }

  get idle(): boolean {
    return this.#work === undefined
  }

  make(stage: Stage, { context }: StageJob, cores: number): Promise<void> {
    const { entry } = this.#io
    if (entry === undefined) throw new Error('there is nothing to start a thread with')
    this.#worker ??= new Worker(entry, { workerData: this.#start, env: SHARE_ENV })
    const worker = this.#worker
    const { io, signal, progress, onPart, record } = context
    const done = new Promise<void>((resolve, reject) => {
      const hear = (said: StageSaid): void => {
        if (said.kind === 'write') io[said.to].write(said.text)
        else if (said.kind === 'part') onPart(said.share)
        else if (said.kind === 'rows') record(said.rows)
        else if (said.kind === 'made') resolve()
        else if (said.kind === 'failed') reject(errorOf(said.fault))
        else progress[said.kind](said.text)
      }
      const fail = (error: unknown): void => reject(isFullMemory(error) ? tooMany(error) : error)
      const ask = (): void => worker.postMessage(stop)
      worker.on('message', hear)
      worker.on('error', fail)
      signal.addEventListener('abort', ask)
      this.#quiet = () => {
        worker.off('message', hear)
        worker.off('error', fail)
        signal.removeEventListener('abort', ask)
      }
      const asked: StageAsked = { stage: stage.name, cores }
      worker.postMessage(asked)
    })
    this.#work = done.finally(() => {
      this.#quiet()
      this.#work = undefined
    })
    return this.#work
  }

  #quiet: () => void = () => {}

  async close(): Promise<void> {
    this.#worker?.postMessage(stop)
    await this.#work?.catch(() => undefined)
    await this.#worker?.terminate()
  }
}

const tooMany = (cause: unknown): NtkError =>
  new NtkError('value', {
    what: fullMemory.what,
    fix: `Let fewer stages run at once, NTK_THREADS=1. ${fullMemory.fix}`,
    cause,
  })

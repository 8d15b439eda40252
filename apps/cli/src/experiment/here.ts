import { availableParallelism } from 'node:os'
import { scope } from '@ntk/tensor'
import type { RunDirectory } from '../runs/directory.js'
import { type Saved, type StageOutput, saveStage } from '../runs/store.js'
import type { Stage } from './stage.js'
import type { StageJob, Workshop } from './workshop.js'

/** What the disk knows of a stage. */
export const described = (stage: Stage): { name: string; needs: string[] } => ({
  name: stage.name,
  needs: stage.needs.map(({ name }) => name),
})

/** Computes a stage on this thread and keeps it. What it makes on a device and does not hand on is freed at its end. */
export async function makeHere(
  run: RunDirectory,
  stage: Stage,
  { result, context }: StageJob,
): Promise<Saved> {
  const start = performance.now()
  const output = await scope((owner) => owner.wait(stage.compute(result, context) as Promise<StageOutput>))
  return saveStage(run, described(stage), output, (performance.now() - start) / 1000)
}

/** One stage after the other, on this thread, which has all cores. */
export const here = (run: RunDirectory): Workshop => ({
  places: 1,
  cores: availableParallelism(),
  make: (stage, job) => makeHere(run, stage, job),
  close: () => Promise.resolve(),
})

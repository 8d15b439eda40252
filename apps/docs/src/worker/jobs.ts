import type { RegressionResult, RegressionSettings } from '../demos/regression/compute.js'
import type { Job } from './job.js'

/** Settings and result of every job. */
interface Jobs {
  readonly regression: [RegressionSettings, RegressionResult]
}

export type JobName = keyof Jobs

/** A worker loads the code of its own job alone, and the engine that all share. */
const loaders: { readonly [N in JobName]: () => Promise<Job<Jobs[N][0], Jobs[N][1]>> } = {
  regression: async () => (await import('../demos/regression/compute.js')).regression,
}

const isJob = (name: string): name is JobName => Object.hasOwn(loaders, name)

/** The job of a name, for settings that come as plain data from a page that knows their type by the same name. */
export async function jobNamed(name: string): Promise<Job<unknown, unknown>> {
  if (!isJob(name)) throw new Error(`There is no job "${name}".`)
  return (await loaders[name]()) as Job<unknown, unknown>
}

import type { DualResult, DualSettings } from '../demos/dual/compute.js'
import type { PhaseResult, PhaseSettings } from '../demos/phase/compute.js'
import type { PlaygroundResult, PlaygroundSettings } from '../demos/playground/compute.js'
import type { RegressionResult, RegressionSettings } from '../demos/regression/compute.js'
import type { SpectrumResult, SpectrumSettings } from '../demos/spectrum/compute.js'
import type { WidthsResult, WidthsSettings } from '../demos/widths/compute.js'
import type { Job } from './job.js'

/** Settings and result of every job. */
interface Jobs {
  readonly dual: [DualSettings, DualResult]
  readonly phase: [PhaseSettings, PhaseResult]
  readonly playground: [PlaygroundSettings, PlaygroundResult]
  readonly regression: [RegressionSettings, RegressionResult]
  readonly spectrum: [SpectrumSettings, SpectrumResult]
  readonly widths: [WidthsSettings, WidthsResult]
}

export type JobName = keyof Jobs

/** A worker loads the code of its own job alone, and the engine that all share. */
const loaders: { readonly [N in JobName]: () => Promise<Job<Jobs[N][0], Jobs[N][1]>> } = {
  dual: async () => (await import('../demos/dual/compute.js')).dual,
  phase: async () => (await import('../demos/phase/compute.js')).phase,
  playground: async () => (await import('../demos/playground/compute.js')).playground,
  regression: async () => (await import('../demos/regression/compute.js')).regression,
  spectrum: async () => (await import('../demos/spectrum/compute.js')).spectrumOfGlyphs,
  widths: async () => (await import('../demos/widths/compute.js')).trainWidths,
}

const isJob = (name: string): name is JobName => Object.hasOwn(loaders, name)

/** The job of a name, for settings that come as plain data from a page that knows their type by the same name. */
export async function jobNamed(name: string): Promise<Job<unknown, unknown>> {
  if (!isJob(name)) throw new Error(`There is no job "${name}".`)
  return (await loaders[name]()) as Job<unknown, unknown>
}

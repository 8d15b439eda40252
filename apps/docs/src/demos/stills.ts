import { unheard } from '../worker/job.js'
import { regression } from './regression/compute.js'
import { start as regressionStart, startTime } from './regression/start.js'

/**
 * What each demo shows before a page has computed anything: its result at its first settings, by the name of its file. What the first
 * picture does not show is left out.
 */
export const stills: Readonly<Record<string, () => Promise<unknown>>> = {
  regression: async () => {
    const { mean, deviation } = await regression(regressionStart, unheard)
    const shown = (rows: readonly (readonly number[])[]): (readonly number[])[] =>
      rows.map((row, time) => (time === startTime ? row : []))
    return { mean: shown(mean), deviation: shown(deviation) }
  },
}

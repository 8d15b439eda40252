import { unheard } from '../worker/job.js'
import { dual } from './dual/compute.js'
import { start as dualStart } from './dual/start.js'
import { phase } from './phase/compute.js'
import { start as phaseStart } from './phase/start.js'
import { playground } from './playground/compute.js'
import { start as playgroundStart } from './playground/start.js'
import { regression } from './regression/compute.js'
import { start as regressionStart, startTime } from './regression/start.js'
import { spectrumOfGlyphs } from './spectrum/compute.js'
import { start as spectrumStart } from './spectrum/start.js'
import { trainWidths } from './widths/compute.js'
import { start as widthsStart } from './widths/start.js'

/**
 * What each demo shows before a page has computed anything: its result at its first settings, by the name of its file. What the first
 * picture does not show is left out.
 */
export const stills: Readonly<Record<string, () => Promise<unknown>>> = {
  dual: () => dual(dualStart, unheard),
  phase: () => phase(phaseStart, unheard),
  playground: () => playground(playgroundStart, unheard),
  regression: async () => {
    const { mean, deviation } = await regression(regressionStart, unheard)
    const shown = (rows: readonly (readonly number[])[]): (readonly number[])[] =>
      rows.map((row, time) => (time === startTime ? row : []))
    return { mean: shown(mean), deviation: shown(deviation) }
  },
  spectrum: () => spectrumOfGlyphs(spectrumStart, unheard),
  widths: () => trainWidths(widthsStart, unheard),
}

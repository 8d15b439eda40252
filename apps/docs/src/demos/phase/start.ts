import type { PhaseSettings } from './compute.js'

/** Where the demo begins. */
export const start: PhaseSettings = { activation: 'Erf', wVar: 1.8, bVar: 0.05, c0: 0.3 }

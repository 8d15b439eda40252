import type { DualSettings } from './compute.js'

/** Where the demo begins. */
export const start: DualSettings = { activation: 'Relu', heights: [0, 0, 0, 1, 2], wStd: 1.5, bStd: 0.1 }

import type { SpectrumSettings } from './compute.js'

/** Where the demo begins. */
export const start: SpectrumSettings = {
  n: 40,
  activation: 'Relu',
  depth: 2,
  wStd: 1.4,
  bStd: 0.1,
  get: 'ntk',
}

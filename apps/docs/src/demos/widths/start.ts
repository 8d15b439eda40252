import type { WidthsSettings } from './compute.js'

/** Where the demo begins. */
export const start: WidthsSettings = {
  activation: 'Erf',
  depth: 1,
  steps: 200,
  learningRate: 0.02,
  networks: 8,
}

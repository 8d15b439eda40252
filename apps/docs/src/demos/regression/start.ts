import type { RegressionSettings } from './compute.js'

/** Where the demo begins. */
export const start: RegressionSettings = {
  points: [
    [-0.8, -0.4],
    [-0.5, 0.5],
    [-0.1, 0.3],
    [0.3, -0.6],
    [0.7, 0.4],
  ],
  activation: 'Erf',
  depth: 2,
  wStd: 2.5,
  bStd: 0.5,
  train: 'ntk',
  diagReg: 1e-4,
}

/** Which of the times is shown first. */
export const startTime = 12

import { oneOf, onOff, orWord, real, whole } from '../settings/kind.js'
import { group, type Settings, setting } from '../settings/setting.js'

/** How long and how fast to train. */
export interface TrainingConfig {
  learningRate: number | 'auto'
  steps: number
  batch: number | 'full'
  momentum: number
  evaluations: number
  limit: boolean
  diagReg: number
  start: 'centred' | 'random'
}

export function trainingSettings(): Settings<TrainingConfig> {
  return group<TrainingConfig>({
    learningRate: setting(orWord(real({ above: 0 }), 'auto', 'must be a positive number or auto'), {
      help: 'Step of gradient descent on 1/2 mean (f - y)^2; auto: half of the largest stable one',
      default: 'auto',
    }),
    steps: setting(whole(), { help: 'Steps of gradient descent', default: 50 }),
    batch: setting(orWord(whole(), 'full', 'must be a whole number of at least 1, or full'), {
      help: 'Samples in a step; the closed form is exact for full batches',
      default: 'full',
    }),
    momentum: setting(real({ min: 0, below: 1 }), {
      help: 'Heavy-ball momentum; 0 is plain gradient descent',
      default: 0,
    }),
    evaluations: setting(whole({ min: 2 }), {
      help: 'Points of the curves, evenly spread over log(step)',
      default: 32,
    }),
    limit: setting(onOff(), { help: 'Also predict training to the end, t = Infinity', default: false }),
    diagReg: setting(real({ min: 0 }), {
      help: 'With --limit: added to the kernels, relative to the mean of their diagonals',
      default: 0,
    }),
    start: setting(oneOf(['centred', 'random']), {
      help: 'centred: train the network less itself at its start, so that outputs begin at zero; random: as it is',
      default: 'centred',
    }),
  })
}

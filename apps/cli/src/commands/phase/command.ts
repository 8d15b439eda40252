import { experimentCommand } from '../../experiment/command.js'
import type { Command } from '../../frame/command.js'
import { phaseHead } from './settings.js'

export const phaseCommand: Command = experimentCommand({
  head: phaseHead,
  about: [
    'Computes where deep fully connected networks of an activation are ordered, critical and chaotic, over the variances',
    'of weights and biases, and the condition number of their NTK over depth, and measures the laws of the spectrum.',
    'No data and no network: everything follows from the activation.',
  ],
  examples: [
    'ntk phase',
    'ntk phase --activation Tanh --w-var 0.5:4:15 --b-var 0:0.5:6',
    'ntk phase --activation Relu --b-std none --w-var 0.5:2:31',
    'ntk phase --keep 0.9',
    'ntk phase --layer-norm --residual',
    'ntk phase --residual --residual-share 0.7',
    'ntk phase --depth 200 --samples 1000 --json',
  ],
  load: async () => (await import('./experiment.js')).phaseExperiment,
})

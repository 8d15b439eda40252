import { type Command, defineCommand } from '../../frame/command.js'
import { learningRateSettings } from './settings.js'

export const learningRateCommand: Command = defineCommand({
  name: 'learning-rate',
  brief: 'Find the largest stable learning rates of a network on data',
  about: [
    'The largest learning rates at which gradient descent, with momentum and Nesterov’s too, is stable, by the tangent',
    'kernel of an infinitely wide or of a finite network on data; the critical rate 2 / (smallest + largest eigenvalue),',
    'below which wide networks stay by their linearization; and what the spectrum says of how fast training goes.',
  ],
  examples: [
    'ntk learning-rate --data mnist --train 500 --hidden 1024,1024',
    'ntk learning-rate --architecture lenet --kernel empirical --train 64 --batch 32',
    'ntk learning-rate --loss cross-entropy --momentum 0.5,0.9,0.99 --json',
    'ntk learning-rate --figure spectrum',
  ],
  settings: learningRateSettings,
  load: async () => (await import('./run.js')).prepareLearningRate,
})

import { experimentCommand } from '../../experiment/command.js'
import type { Command } from '../../frame/command.js'
import { dynamicsHead } from './settings.js'

export const dynamicsCommand: Command = experimentCommand({
  head: dynamicsHead,
  about: [
    'Trains a network on a data set and its linearization beside it, predicts both in closed form from the',
    'empirical and the infinite-width kernel, and leaves runs/<id>/ with metrics, figures and report.html.',
  ],
  examples: [
    'ntk dynamics',
    'ntk dynamics --data mnist --hidden 1024,1024,1024 --widths 256,512,1024,2048',
    'ntk dynamics --network net.json --steps 500 --learning-rate 0.5',
    'ntk dynamics --config job.yaml --seed 7 --json',
    'ntk dynamics --resume runs/20260102-030405-1a2b3c',
  ],
  load: async () => (await import('./experiment.js')).dynamicsExperiment,
})

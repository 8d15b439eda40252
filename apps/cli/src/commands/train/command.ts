import { experimentCommand } from '../../experiment/command.js'
import type { Command } from '../../frame/command.js'
import { trainHead } from './settings.js'

export const trainCommand: Command = experimentCommand({
  head: trainHead,
  about: [
    'Trains a network on images or a table by an optimizer with a schedule, on the squared loss or cross-entropy, and tests',
    'it on the way. Leaves runs/<id>/ with metrics, figures, report.html and checkpoints: after an interruption or a',
    'kill, --resume goes on to the same numbers. With --linearized its linearization is trained beside it.',
  ],
  examples: [
    'ntk train',
    'ntk train --data mnist --train 10000 --architecture lenet --optimizer momentum --loss cross-entropy --dtype float32',
    'ntk train --hidden 1024 --start centred --batch full --linearized',
    'ntk train --table iris.data --target column5 --optimizer adam --schedule cosine --warmup 20',
    'ntk train --train 600 --validation 100 --patience 5',
    'ntk train --device webgpu --architecture lenet --batch 64',
    'ntk train --resume runs/20260102-030405-1a2b3c',
  ],
  load: async () => (await import('./experiment.js')).trainExperiment,
})

import { type Command, defineCommand } from '../../frame/command.js'
import { describeSettings } from './settings.js'

export const describeCommand: Command = defineCommand({
  name: 'describe',
  brief: 'Show what the kernel of a network takes, layer by layer',
  about: [
    'Prints a table of the layers of an infinitely wide network: shapes, what each needs to know of positions, the',
    'covariances that come in, numbers and operations a pair of samples; and pairs, tiles and memory of the whole.',
    'Nothing is computed, and of files only the headers are read. It takes the settings of ntk kernel, and --shape.',
  ],
  examples: [
    'ntk describe --hidden 512,512 --train 4000',
    'ntk describe --network net.yaml --shape 32,32,3 --train 1000',
    'ntk describe --network net.yaml --inputs x.npy --get nngp --json',
  ],
  settings: describeSettings,
  load: async () => (await import('./run.js')).prepareDescribe,
})

import { type Command, defineCommand } from '../../frame/command.js'

const list: Command = defineCommand({
  name: 'data list',
  brief: 'List the data sets and whether they are on this machine',
  about: ['Lists the data sets, whether they are on this machine, and the cache folder.'],
  examples: ['ntk data list', 'ntk data list --json'],
  load: async () => (await import('./run.js')).listData,
})

const info: Command = defineCommand({
  name: 'data info',
  brief: 'Describe one data set',
  about: ['Describes one data set: its images, its classes, where it comes from.'],
  examples: ['ntk data info mnist'],
  positional: [{ help: 'Name of a data set, as `ntk data list` prints it', placeholder: 'name' }],
  load: async () => (await import('./run.js')).dataInfo,
})

const importFolder: Command = defineCommand({
  name: 'data import',
  brief: 'Check the MNIST files of a folder and copy them into the cache',
  about: [
    'Checks the four IDX files of MNIST in a folder (magic numbers, sizes, labels that match images) and copies',
    'them into the cache, for machines without network.',
  ],
  examples: ['ntk data import ~/Downloads/mnist'],
  positional: [{ help: 'Folder with the IDX files of MNIST, plain or gzipped', placeholder: 'dir' }],
  load: async () => (await import('./run.js')).importData,
})

export const dataCommands: readonly Command[] = [list, info, importFolder]

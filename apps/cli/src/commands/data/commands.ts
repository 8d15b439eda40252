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
  brief: 'Check the files of a data set in a folder and copy them into the cache',
  about: [
    'Checks the IDX files of MNIST or the batches (or the archive) of CIFAR-10 in a folder and copies them into the',
    'cache, for machines without network.',
  ],
  examples: [
    'ntk data import ~/Downloads/mnist',
    'ntk data import ~/Downloads/cifar-10-batches-bin',
    'ntk data import ~/Downloads/fashion --as fashion-mnist',
  ],
  extras: {
    as: { help: 'mnist, fashion-mnist or cifar10, where the files do not tell', placeholder: 'name' },
  },
  positional: [{ help: 'Folder with the files, plain or gzipped', placeholder: 'dir' }],
  load: async () => (await import('./run.js')).importData,
})

export const dataCommands: readonly Command[] = [list, info, importFolder]

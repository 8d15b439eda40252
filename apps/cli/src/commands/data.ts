import { buildCommand, buildRouteMap, type Command, type RouteMap } from '@stricli/core'
import type { CliContext } from '../context.js'
import type { DataFlags } from '../data/command.js'
import { switchFlag } from './flags.js'

const flags = { json: switchFlag('Print one JSON object and nothing else on stdout') }

const name = {
  brief: 'Name of a data set, as `ntk data list` prints it',
  parse: (text: string) => text,
  placeholder: 'name',
}
const folder = {
  brief: 'Folder with the IDX files of MNIST, plain or gzipped',
  parse: (text: string) => text,
  placeholder: 'dir',
}

const list: Command<CliContext> = buildCommand<DataFlags, [], CliContext>({
  loader: async () => (await import('../data/command.js')).listData,
  parameters: { flags },
  docs: { brief: 'List the data sets and whether they are on this machine' },
})

const info: Command<CliContext> = buildCommand<DataFlags, [string], CliContext>({
  loader: async () => (await import('../data/command.js')).dataInfo,
  parameters: { flags, positional: { kind: 'tuple', parameters: [name] } },
  docs: { brief: 'Describe one data set' },
})

const importFolder: Command<CliContext> = buildCommand<DataFlags, [string], CliContext>({
  loader: async () => (await import('../data/command.js')).importData,
  parameters: { flags, positional: { kind: 'tuple', parameters: [folder] } },
  docs: {
    brief: 'Check the MNIST files of a folder and copy them into the cache',
    fullDescription: [
      'Checks the four IDX files of MNIST in a folder (magic numbers, sizes, labels that match images) and copies',
      'them into the cache, for machines without network.',
      '',
      'EXAMPLES',
      '  ntk data import ~/Downloads/mnist',
    ].join('\n'),
  },
})

export const dataRoutes: RouteMap<CliContext> = buildRouteMap<'list' | 'info' | 'import', CliContext>({
  routes: { list, info, import: importFolder },
  docs: { brief: 'Data sets: list them, describe one, import files' },
})

import { type Command, defineCommand } from '../../frame/command.js'

const list: Command = defineCommand({
  name: 'experiment list',
  brief: 'List the experiments: paper, what each shows, time of each preset here',
  about: [
    'Lists the experiments of the papers: what each shows, and about how long each of its presets takes on this machine.',
  ],
  examples: ['ntk experiment list', 'ntk experiment list --json'],
  load: async () => (await import('./list.js')).listExperiments,
})

const run: Command = defineCommand({
  name: 'experiment run',
  brief: 'Run experiments by name, or a file of your own; go on with one; ask for more networks',
  about: [
    'Runs experiments one after another, each in a folder of its own: config, seeds, environment, stages, figures, findings',
    'beside what theory and the paper say, and a report. Presets: quick takes about ten seconds, standard about three',
    'minutes, paper what the paper took. Ctrl-C keeps what is finished; --resume goes on with it. --more adds networks to',
    'a run that is there and keeps those it has. A file whose default export is an experiment is run by its path.',
  ],
  examples: [
    'ntk experiment run lee-s9 --preset quick',
    'ntk experiment run lee-s9 xiao-1 --set seed=7',
    'ntk experiment run lee-1 --data glyphs',
    'ntk experiment run lee-s9 --more 10',
    'ntk experiment run lee-s9 --preset paper --plan',
    'ntk experiment run --resume runs/20260102-030405-1a2b3c',
    'ntk experiment run ./mine.mjs --set samples=400',
  ],
  extras: {
    preset: { help: 'Settings of a size: quick, standard or paper (standard)', placeholder: 'name' },
    set: {
      help: 'A setting, key=value; may be given several times',
      placeholder: 'key=value',
      repeats: true,
    },
    config: { help: 'Settings from a YAML, TOML or JSON file; --set wins over it', placeholder: 'file' },
    data: { help: 'The same as --set data=...: glyphs need no download', placeholder: 'name' },
    dataDir: { help: 'Folder of the files of the data set', placeholder: 'dir' },
    out: { help: 'Folder in which the folders of runs are made (runs)', placeholder: 'dir' },
    resume: { help: 'Go on with the run in this folder', placeholder: 'dir' },
    more: { help: 'So many more networks for the newest run of each, or that of --resume', placeholder: 'n' },
    plan: { help: 'Print the configs, the stages and about how long they take, and stop' },
  },
  many: { help: 'Names, as `ntk experiment list` prints them, or paths of files', placeholder: 'name' },
  load: async () => (await import('./run.js')).runExperiments,
})

const report: Command = defineCommand({
  name: 'experiment report',
  brief: 'One page over the newest results of every experiment',
  about: [
    'Writes one page over the newest run of every experiment in a folder of runs: findings in one table, then the figures.',
    'With --out the page goes there, with what it is made of (results, config, figures as SVG): small enough to keep.',
  ],
  examples: ['ntk experiment report', 'ntk experiment report --preset standard --out results'],
  extras: {
    runs: { help: 'Folder with the folders of runs (runs)', placeholder: 'dir' },
    preset: { help: 'Only runs of this preset', placeholder: 'name' },
    out: { help: 'Folder of the page (that of the runs)', placeholder: 'dir' },
  },
  load: async () => (await import('./report.js')).reportExperiments,
})

export const experimentCommands: readonly Command[] = [list, run, report]

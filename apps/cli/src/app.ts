import { NtkError } from '@ntk/tensor'
import { nearest } from '@ntk/tensor/options'
import {
  type Application,
  type ApplicationText,
  ArgumentParseError,
  buildApplication,
  buildRouteMap,
  FlagNotFoundError,
  help,
  type RouteMap,
  run as runStricli,
  text_en,
  version,
} from '@stricli/core'
import { dataCommands } from './commands/data/commands.js'
import { describeCommand } from './commands/describe/command.js'
import { deviceCommands } from './commands/device/commands.js'
import { doctorCommand } from './commands/doctor/command.js'
import { dynamicsCommand } from './commands/dynamics/command.js'
import { empiricalCommand } from './commands/empirical/command.js'
import { experimentCommands } from './commands/experiment/commands.js'
import { kernelCommand } from './commands/kernel/command.js'
import { learningRateCommand } from './commands/learning-rate/command.js'
import { phaseCommand } from './commands/phase/command.js'
import { predictCommand } from './commands/predict/command.js'
import { regressCommand } from './commands/regress/command.js'
import { trainCommand } from './commands/train/command.js'
import type { Command } from './frame/command.js'
import type { CliContext } from './frame/context.js'
import { exitCode } from './frame/error-report.js'
import { exitCodeOf, formatError, reportError } from './frame/errors.js'
import { type Io, wantsColour } from './frame/io.js'
import { flagName } from './settings/setting.js'
import { ownVersion } from './version.js'

const commands: readonly Command[] = [
  dynamicsCommand,
  trainCommand,
  kernelCommand,
  describeCommand,
  empiricalCommand,
  predictCommand,
  learningRateCommand,
  regressCommand,
  phaseCommand,
  ...experimentCommands,
  ...dataCommands,
  ...deviceCommands,
  doctorCommand,
]

/** Commands of one word stand at the top, `data list` below `data`. */
function routes(): Record<string, Command['route'] | RouteMap<CliContext>> {
  const top: Record<string, Command['route'] | RouteMap<CliContext>> = {}
  const groups: Record<string, Record<string, Command['route']>> = {}
  for (const { name, route } of commands) {
    const [first = '', second] = name.split(' ')
    if (second === undefined) top[first] = route
    else {
      groups[first] = { ...groups[first], [second]: route }
      const brief = groupBriefs[first] ?? first
      top[first] = buildRouteMap({ routes: groups[first], docs: { brief } })
    }
  }
  return top
}

const groupBriefs: Readonly<Record<string, string>> = {
  data: 'Data sets: list them, describe one, import files',
  device: 'Devices beside the processor: build what one lacks',
  experiment: 'Experiments of the papers: list, run, report',
}

const root: RouteMap<CliContext> = buildRouteMap({
  routes: routes(),
  docs: {
    brief: 'Infinitely wide networks, their finite cousins and how both train',
    fullDescription: [
      'Infinitely wide networks, their finite cousins and how both train.',
      '',
      'EXAMPLES',
      '  ntk dynamics                                  train a network on glyphs, predict it, write a report',
      '  ntk dynamics --data mnist --hidden 1024,1024  the same on MNIST with two hidden layers',
      '  ntk dynamics --widths 256,512,1024            also fit how the distance falls with width',
      '  ntk train --architecture lenet --linearized   train a network, and its linearization beside it',
      '  ntk kernel --data glyphs --train 500          write a kernel matrix to kernel.npy',
      '  ntk describe --network net.yaml               what its kernel takes, layer by layer',
      '  ntk empirical --architecture lenet            the kernel of a finite network, and its spectrum',
      '  ntk predict --data mnist --times 0,100,inf      outputs through training in closed form, to npz or csv',
      '  ntk regress --table houses.csv --target price fit a table, test it, write a report',
      '  ntk experiment list                           the experiments of the papers, by one command each',
      '  ntk data import ~/mnist                       use MNIST files that are on this machine',
      '  ntk doctor                                    say what the engine found and how fast it is',
    ].join('\n'),
  },
})

/** Keeps whatever went wrong, for one place to print it. */
interface Caught {
  error?: unknown
}

function catchingText(caught: Caught, args: readonly string[]): ApplicationText {
  const keep = (error: unknown): string => {
    caught.error = error
    return ''
  }
  return {
    ...text_en,
    exceptionWhileParsingArguments: (error) => keep(argumentError(error, args)),
    exceptionWhileLoadingCommandFunction: keep,
    exceptionWhileLoadingCommandContext: keep,
    exceptionWhileRunningCommand: keep,
    commandErrorResult: keep,
    noCommandRegisteredForInput: ({ input, corrections }) =>
      keep(
        new NtkError('option', {
          what: `There is no command "${input}".`,
          fix:
            corrections[0] === undefined
              ? 'See ntk --help.'
              : `Did you mean ${corrections[0].replaceAll('`', '')}?`,
        }),
      ),
  }
}

/** The flags of the command that the arguments begin with, and those that every command has. */
function knownFlags(args: readonly string[]): string[] {
  const words = args.slice(0, 2).join(' ')
  const own = commands.find(({ name }) => words === name || words.startsWith(`${name} `))
  return [...(own?.flags ?? []), 'help']
}

function argumentError(error: unknown, args: readonly string[]): unknown {
  if (error instanceof FlagNotFoundError) {
    const given = error.input.replace(/^-+/, '')
    const near = nearest(given, knownFlags(args))
    return new NtkError('option', {
      what: `There is no flag --${given}.`,
      fix: near === undefined ? 'Add --help for the flags there are.' : `Did you mean ${flagName(near)}?`,
    })
  }
  if (error instanceof ArgumentParseError && NtkError.isInstance(error.exception)) return error.exception
  const said = text_en.exceptionWhileParsingArguments(error, false)
  return new NtkError('option', {
    what: said.endsWith('.') ? said : `${said}.`,
    fix: 'Add --help for the flags there are.',
  })
}

function application(caught: Caught, args: readonly string[]): Application<CliContext> {
  return buildApplication<CliContext>(
    root,
    {
      name: 'ntk',
      scanner: { caseStyle: 'allow-kebab-for-camel' },
      localization: { text: catchingText(caught, args) },
      determineExitCode: exitCodeOf,
    },
    {
      help: help({
        brief: text_en.briefs.help,
        defaultForRouteMap: true,
        formatting: {
          useAliasInUsageLine: false,
          onlyRequiredInUsageLine: true,
          caseStyle: 'convert-camel-to-kebab',
        },
      }),
      version: version({ brief: text_en.briefs.version, info: { currentVersion: ownVersion() } }),
    },
  )
}

/**
 * Runs the command line.
 *
 * @param args what stands behind `ntk`
 * @returns the exit code: 0, 2 for what the user can mend, 130 after an interrupt, 1 for a bug
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const caught: Caught = {}
  const colour = wantsColour(io.stdout, io.env)
  const process: { stdout: Written; stderr: Written; env: Io['env']; exitCode?: number | string | null } = {
    stdout: { write: (text) => io.stdout.write(text), getColorDepth: () => (colour ? 8 : 1) },
    // stricli writes here only what `caught` holds already; commands write to io.stderr themselves.
    stderr: { write: () => {}, getColorDepth: () => 1 },
    env: io.env,
  }
  await runStricli(application(caught, args), args, { process, io })
  if (!('error' in caught)) return typeof process.exitCode === 'number' ? process.exitCode : exitCode.ok
  // Whatever an interrupted computation throws, the interrupt is why.
  const code = io.signal.aborted ? exitCode.interrupted : exitCodeOf(caught.error)
  if (args.includes('--json')) io.stdout.write(`${JSON.stringify({ error: reportError(caught.error) })}\n`)
  else io.stderr.write(formatError(caught.error, wantsColour(io.stderr, io.env)))
  return code
}

interface Written {
  write: (text: string) => void
  getColorDepth: () => number
}

import { NtkError } from '@ntk/tensor'
import {
  type Application,
  type ApplicationText,
  ArgumentParseError,
  buildApplication,
  buildRouteMap,
  FlagNotFoundError,
  help,
  run as runStricli,
  text_en,
  version,
} from '@stricli/core'
import { dataRoutes } from './commands/data.js'
import { doctorCommand } from './commands/doctor.js'
import { dynamicsCommand } from './commands/dynamics.js'
import { empiricalCommand } from './commands/empirical.js'
import { kernelCommand } from './commands/kernel.js'
import type { CliContext } from './context.js'
import { exitCode, exitCodeOf, formatError, reportError } from './errors.js'
import { type Io, wantsColour } from './io.js'
import { ownVersion } from './version.js'

const root = buildRouteMap({
  routes: {
    dynamics: dynamicsCommand,
    kernel: kernelCommand,
    empirical: empiricalCommand,
    data: dataRoutes,
    doctor: doctorCommand,
  },
  docs: {
    brief: 'Infinitely wide networks, their finite cousins and how both train',
    fullDescription: [
      'Infinitely wide networks, their finite cousins and how both train.',
      '',
      'EXAMPLES',
      '  ntk dynamics                                  train a network on glyphs, predict it, write a report',
      '  ntk dynamics --data mnist --hidden 1024,1024  the same on MNIST with two hidden layers',
      '  ntk dynamics --widths 256,512,1024            also fit how the distance falls with width',
      '  ntk kernel --data glyphs --train 500          write a kernel matrix to kernel.npy',
      '  ntk empirical --architecture lenet            the kernel of a finite network, and its spectrum',
      '  ntk data import ~/mnist                       use MNIST files that are on this machine',
      '  ntk doctor                                    say what the engine found and how fast it is',
    ].join('\n'),
  },
})

/** Keeps whatever went wrong, for one place to print it. */
interface Caught {
  error?: unknown
}

function catchingText(caught: Caught): ApplicationText {
  const keep = (error: unknown): string => {
    caught.error = error
    return ''
  }
  return {
    ...text_en,
    exceptionWhileParsingArguments: (error) => keep(argumentError(error)),
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

function argumentError(error: unknown): unknown {
  if (error instanceof FlagNotFoundError) {
    const [near] = error.corrections
    return new NtkError('option', {
      what: `There is no flag --${error.input.replace(/^-+/, '')}.`,
      fix:
        near === undefined
          ? 'Add --help for the flags there are.'
          : `Did you mean --${near.replace(/^-+/, '')}?`,
    })
  }
  if (error instanceof ArgumentParseError && NtkError.isInstance(error.exception)) return error.exception
  const said = text_en.exceptionWhileParsingArguments(error, false)
  return new NtkError('option', {
    what: said.endsWith('.') ? said : `${said}.`,
    fix: 'Add --help for the flags there are.',
  })
}

function application(caught: Caught): Application<CliContext> {
  return buildApplication<CliContext>(
    root,
    {
      name: 'ntk',
      scanner: { caseStyle: 'allow-kebab-for-camel' },
      localization: { text: catchingText(caught) },
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
  const process: { stdout: Output_; stderr: Output_; env: Io['env']; exitCode?: number | string | null } = {
    stdout: { write: (text) => io.stdout.write(text), getColorDepth: () => (colour ? 8 : 1) },
    // stricli writes here only what `caught` holds already; commands write to io.stderr themselves.
    stderr: { write: () => {}, getColorDepth: () => 1 },
    env: io.env,
  }
  await runStricli(application(caught), args, { process, io })
  if (!('error' in caught)) return typeof process.exitCode === 'number' ? process.exitCode : exitCode.ok
  // Whatever an interrupted computation throws, the interrupt is why.
  const code = io.signal.aborted ? exitCode.interrupted : exitCodeOf(caught.error)
  if (args.includes('--json')) io.stdout.write(`${JSON.stringify({ error: reportError(caught.error) })}\n`)
  else io.stderr.write(formatError(caught.error, wantsColour(io.stderr, io.env)))
  return code
}

interface Output_ {
  write: (text: string) => void
  getColorDepth: () => number
}

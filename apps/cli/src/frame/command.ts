import { NtkError } from '@ntk/tensor'
import {
  buildCommand,
  type FlagParametersForType,
  type Command as StricliCommand,
  type TypedPositionalParameter,
} from '@stricli/core'
import pc from 'picocolors'
import { stringify } from 'yaml'
import { createProgress } from '../progress/create.js'
import type { Progress } from '../progress/progress.js'
import { configJsonSchema } from '../settings/check.js'
import { resolveConfig } from '../settings/resolve.js'
import { flagName, type Settings } from '../settings/setting.js'
import type { CliContext } from './context.js'
import { type Io, wantsColour } from './io.js'

/** A flag that is no setting of a config: it takes a text, or is a switch. */
export interface Extra {
  readonly help: string
  /** Absent: a switch. */
  readonly placeholder?: string
  /** It may be given several times. */
  readonly repeats?: boolean
}

type Given = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/** What a command is asked to do. */
export interface Request<C> {
  readonly io: Io
  readonly progress: Progress
  readonly signal: AbortSignal
  /** Arguments without a flag. */
  readonly args: readonly string[]
  /** The config: file, preset, flags and defaults together, checked. @throws NtkError `config` or `file` */
  config(): C
  /** The text after an extra flag, undefined where it was not given. */
  text(flag: string): string | undefined
  /** The texts after an extra flag that repeats, in order. */
  texts(flag: string): readonly string[]
  /** Whether an extra switch was given. */
  isOn(flag: string): boolean
  /**
   * Refuses settings that have no place beside a flag.
   *
   * @param sentence why: `--resume goes on with the config of the run`
   * @param allowed settings that have one
   * @throws NtkError `option` naming the first other flag
   */
  refuseBeside(sentence: string, fix: string, allowed?: readonly string[]): void
}

/** What a command found, printed as JSON under `--json`, else as text. */
export interface Outcome {
  readonly json: object
  readonly text: (colour: boolean) => string
  /** An error to end with all the same, after the printing. */
  readonly failure?: NtkError
}

/** A line of a plan; under `--json` the value may be another than its text. */
export type PlanLine = readonly [label: string, text: string, value?: unknown]

/** Work that is checked and described, and has not begun: nothing is computed and nothing written. */
export interface Prepared {
  /** What will be done, line by line, for `--plan`. */
  readonly plan?: () => readonly PlanLine[] | Promise<readonly PlanLine[]>
  /** The resolved config, for `--plan`. */
  readonly config?: object | undefined
  readonly run: () => Promise<Outcome>
}

/** An argument without a flag. */
interface Place {
  readonly help: string
  readonly placeholder: string
}

/** A command as data. Its code is loaded when it is called, so that `ntk --help` need not read the engine. */
export interface CommandDefinition<C> {
  /** `dynamics`, or `data import` below another. */
  readonly name: string
  readonly brief: string
  readonly about: readonly string[]
  readonly examples: readonly string[]
  /** What config files and flags may say; absent where the command has no config. */
  readonly settings?: Settings<C>
  /** Settings by preset, chosen with `--preset`. */
  readonly presets?: Readonly<Record<string, object>>
  readonly extras?: Readonly<Record<string, Extra>>
  readonly positional?: readonly Place[]
  /** Any number of arguments, in place of `positional`. */
  readonly many?: Place
  readonly load: () => Promise<(request: Request<C>) => Prepared | Promise<Prepared>>
}

/** A command with its place in the command line. */
export interface Command {
  readonly name: string
  readonly brief: string
  /** Names of its flags, in camelCase. */
  readonly flags: readonly string[]
  readonly route: StricliCommand<CliContext>
}

const frameFlags = {
  config: { help: 'Settings from a YAML, TOML or JSON file; flags win over it', placeholder: 'file' },
  plan: { help: 'Print the config and what would be done, and stop' },
  schema: { help: 'Print the JSON Schema of the config file and stop' },
} as const

const json: Extra = { help: 'Print one JSON object and nothing else on stdout' }

function parameterOf({ help, placeholder, repeats = false }: Extra): object {
  if (placeholder === undefined) return { kind: 'boolean', optional: true, withNegated: false, brief: help }
  const parsed = { kind: 'parsed', parse: (text: string) => text, optional: true, brief: help, placeholder }
  return repeats ? { ...parsed, variadic: true } : parsed
}

function flagsOf<C>({ settings, presets, extras = {} }: CommandDefinition<C>): Record<string, Extra> {
  if (settings === undefined) return { ...extras, json }
  const { config, ...last } = frameFlags
  const own = settings.flags.map(({ name, help, placeholder, isSwitch }): [string, Extra] => [
    name,
    isSwitch ? { help } : { help, placeholder },
  ])
  const names = Object.keys(presets ?? {})
  const preset = { help: `Settings of a size: ${names.join(', ')}`, placeholder: 'name' }
  return {
    config,
    ...(names.length === 0 ? {} : { preset }),
    ...Object.fromEntries(own),
    ...extras,
    ...last,
    json,
  }
}

function requestOf<C>(
  definition: CommandDefinition<C>,
  io: Io,
  progress: Progress,
  given: Given,
  args: readonly string[],
): Request<C> {
  const { settings, presets } = definition
  const text = (flag: string): string | undefined => {
    const value = given[flag]
    return typeof value === 'string' ? value : undefined
  }
  return {
    io,
    progress,
    signal: io.signal,
    args,
    text,
    texts(flag) {
      const value = given[flag]
      return typeof value === 'object' ? value : []
    },
    isOn: (flag) => given[flag] === true,
    config() {
      if (settings === undefined) throw new Error(`${definition.name} has no config`)
      const preset = presetOf(presets ?? {}, text('preset'))
      return resolveConfig(settings, { cwd: io.cwd, config: text('config'), preset, flags: given })
    },
    refuseBeside(sentence, fix, allowed = []) {
      const names = ['config', 'preset', ...(settings?.flags ?? []).map(({ name }) => name)]
      const other = names.find((name) => given[name] !== undefined && !allowed.includes(name))
      if (other === undefined) return
      const what = `${sentence}, so ${flagName(other)} has no place beside it.`
      throw new NtkError('option', { what, fix })
    },
  }
}

function presetOf(
  presets: Readonly<Record<string, object>>,
  name: string | undefined,
): Record<string, unknown> | undefined {
  if (name === undefined) return undefined
  const found = Object.hasOwn(presets, name) ? presets[name] : undefined
  if (found !== undefined) return { ...found }
  throw new NtkError('option', {
    what: `There is no preset "${name}".`,
    fix: `Known are ${Object.keys(presets).join(', ')}.`,
  })
}

async function printPlan(prepared: Prepared, asJson: boolean, colour: boolean): Promise<string> {
  const { config } = prepared
  const plan = (await prepared.plan?.()) ?? []
  if (asJson) {
    const values = plan.map(([label, text, value = text]) => [label, value])
    return `${JSON.stringify({ config, plan: Object.fromEntries(values) })}\n`
  }
  const colours = pc.createColors(colour)
  const width = Math.max(0, ...plan.map(([label]) => label.length))
  const lines = plan.map(([label, value]) => `${colours.bold(label.padEnd(width))}  ${value}\n`)
  return `${config === undefined ? '' : `${stringify(config)}\n`}${lines.join('')}`
}

/** The one way in which every command runs. */
async function runCommand<C>(
  definition: CommandDefinition<C>,
  io: Io,
  given: Given,
  args: readonly string[],
): Promise<void> {
  const { name, settings } = definition
  if (given.schema === true && settings !== undefined) {
    io.stdout.write(`${configJsonSchema(settings, `ntk ${name}`)}\n`)
    return
  }
  const asJson = given.json === true
  const progress = createProgress(io, asJson)
  const prepare = await definition.load()
  const prepared = await prepare(requestOf(definition, io, progress, given, args))
  const colour = wantsColour(io.stdout, io.env)
  if (given.plan === true) {
    io.stdout.write(await printPlan(prepared, asJson, colour))
    return
  }
  const { json: found, text, failure } = await prepared.run()
  io.stdout.write(asJson ? `${JSON.stringify(found)}\n` : text(colour))
  if (failure !== undefined) throw failure
}

/** Puts a command on the frame: flags from its settings, `--config`, `--plan`, `--schema`, `--json`, one way to run. */
export function defineCommand<C>(definition: CommandDefinition<C>): Command {
  const { name, brief, about, examples, positional = [], many } = definition
  const flags = flagsOf(definition)
  const parameters = Object.fromEntries(
    Object.entries(flags).map(([flag, extra]) => [flag, parameterOf(extra)]),
  )
  const placeOf = ({ help, placeholder }: Place): TypedPositionalParameter<string, CliContext> => ({
    brief: help,
    placeholder,
    parse: (text) => text,
  })
  const places =
    many === undefined
      ? { kind: 'tuple', parameters: positional.map(placeOf) }
      : { kind: 'array', parameter: placeOf(many) }
  const route = buildCommand<Given, string[], CliContext>({
    func: async function (this: CliContext, given, ...args) {
      await runCommand(definition, this.io, given, args)
    },
    parameters: {
      // Flags come from settings, so that their names are not known to the compiler.
      flags: parameters as unknown as FlagParametersForType<Given, CliContext>,
      positional: places as never,
    },
    docs: {
      brief,
      fullDescription: [...about, '', 'EXAMPLES', ...examples.map((line) => `  ${line}`)].join('\n'),
    },
  })
  return { name, brief, flags: Object.keys(flags), route }
}

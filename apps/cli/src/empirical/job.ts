import { fromSpec, type Layer, type Spec } from '@ntk/stax'
import { foldIn, type Key, key, NtkError } from '@ntk/tensor'
import { checkConfig } from '../config/check.js'
import { dynamicsFlags, dynamicsSchema } from '../config/dynamics.js'
import {
  type EmpiricalConfig,
  type EmpiricalFlag,
  empiricalFlags,
  empiricalSchema,
} from '../config/empirical.js'
import { flagName } from '../config/flags.js'
import { describeNetwork, hiddenWidths, networkSpec } from '../config/network.js'
import { resolveConfig } from '../config/resolve.js'
import type { DataConfig } from '../config/sections.js'
import { openRun } from '../runs/directory.js'
import { architectureSpec } from './architecture.js'

/** The flags of `ntk empirical` as they were typed. */
export type EmpiricalFlags = { readonly [F in EmpiricalFlag]?: string } & {
  readonly config?: string
  readonly network?: string
  readonly run?: string
  readonly trace: boolean
  readonly full: boolean
  readonly layers: boolean
  readonly schema: boolean
  readonly json: boolean
}

/** A network with its parameters' key, its data, and what to compute. */
export interface Job {
  readonly config: EmpiricalConfig
  readonly data: DataConfig
  readonly spec: Spec
  readonly net: Layer
  /** `LeNet`, `3 hidden layers of width 512` */
  readonly title: string
  /** Smaller images get a border of zeros. */
  readonly least: number
  readonly seed: number
  readonly dtype: 'float64' | 'float32'
  /** Those of `ntk dynamics` with the same seed. */
  readonly keys: { readonly data: Key; readonly network: Key }
}

// What a run says already, and what may be chosen about its kernel.
const besideRun: ReadonlySet<string> = new Set(['inputs', 'inputs2', 'get', 'implementation', 'out'])

/**
 * What the flags ask for, all of it checked before anything is computed.
 *
 * @throws NtkError `config`, `option`, `spec` or `file`, naming the setting
 */
export function settle(cwd: string, flags: EmpiricalFlags): Job {
  if (flags.trace && flags.full) {
    throw new NtkError('option', {
      what: '--trace averages over outputs and --full keeps all pairs of them.',
      fix: 'Give one of them.',
    })
  }
  const switches = {
    full: { key: 'full', read: 'text', brief: '', placeholder: '' },
    layers: { key: 'layers', read: 'text', brief: '', placeholder: '' },
  } as const
  const { config: file, network } = flags
  if (flags.run !== undefined) refuseBesideRun(flags)
  const read = resolveConfig(
    empiricalSchema,
    { ...empiricalFlags, ...switches },
    { cwd, flags, config: file, network },
  )
  const config = flags.trace ? { ...read, full: false } : read
  return flags.run === undefined ? fromConfig(config) : fromRun(cwd, config, flags.run)
}

function keysOf(seed: number): Job['keys'] {
  return { data: foldIn(key(seed), 0), network: foldIn(key(seed), 1) }
}

function fromConfig(config: EmpiricalConfig): Job {
  const classes = config.inputs === undefined ? (config.data.classes?.length ?? 10) : 1
  const outputs = config.outputs ?? classes
  const { spec, title, least } = architectureSpec(config.architecture, config.network, outputs)
  const { data, seed, dtype } = config
  return {
    config,
    data,
    spec,
    least,
    seed,
    dtype,
    net: fromSpec(spec),
    title: title ?? titleOf(spec),
    keys: keysOf(seed),
  }
}

function fromRun(cwd: string, config: EmpiricalConfig, path: string): Job {
  const opened = openRun(cwd, path)
  const run = checkConfig(dynamicsSchema, opened.config, dynamicsFlags, `${path}/config.yaml`)
  const spec = networkSpec(run.network, run.data.classes?.length ?? 10)
  const { data, seed, dtype } = run
  return {
    config,
    data,
    spec,
    seed,
    dtype,
    least: 1,
    net: fromSpec(spec),
    title: titleOf(spec),
    keys: keysOf(seed),
  }
}

function titleOf(spec: Spec): string {
  return hiddenWidths(spec).length > 0 && !JSON.stringify(spec).includes('Conv')
    ? describeNetwork(spec)
    : 'the network'
}

function refuseBesideRun(flags: EmpiricalFlags): void {
  const names = [...Object.keys(empiricalFlags), 'config', 'network'].filter((name) => !besideRun.has(name))
  const other = names.find((name) => Reflect.get(flags, name) !== undefined)
  if (other === undefined) return
  throw new NtkError('option', {
    what: `--run takes network, data, seed and precision of the run, so ${flagName(other)} has no place beside it.`,
    fix: 'Leave it out, or describe the network without --run.',
  })
}

import { fromSpec, type Layer, layersOf, type Spec } from '@ntk/stax'
import { foldIn, type Key, key, NtkError } from '@ntk/tensor'
import type { DataConfig } from '../../config/data.js'
import { type OnDevice, withDtype } from '../../config/device.js'
import { readRunConfig } from '../../config/run.js'
import type { Request } from '../../frame/command.js'
import { requireMemory } from '../../measures/memory.js'
import { imageNeeds, matrixNeed, parameterNeed } from '../../networks/needs.js'
import { readySpec } from '../../networks/ready.js'
import { imageShapeOf } from '../../networks/samples.js'
import { requireBuildable } from '../../networks/size.js'
import { describeNetwork, hiddenWidths, networkSetting, networkSpec } from '../../networks/spec.js'
import { openRun } from '../../runs/directory.js'
import type { EmpiricalConfig } from './settings.js'

/** A network with its parameters' key, its data, and what to compute. */
export interface Job {
  readonly config: EmpiricalConfig
  /** The folder of the run whose network this is, where one was named. */
  readonly run: string | null
  readonly data: DataConfig
  readonly spec: Spec
  readonly net: Layer
  /** `LeNet`, `3 hidden layers of width 512` */
  readonly title: string
  /** Smaller images get a border of zeros. */
  readonly smallestImage: number
  readonly seed: number
  /** On what its parameters are drawn, which decides their last digits, and on what the kernel is computed. */
  readonly drawn: OnDevice
  readonly on: OnDevice
  /** Those of `ntk dynamics` with the same seed. */
  readonly keys: { readonly data: Key; readonly network: Key }
}

// What may be chosen about the kernel of a run; everything else the run says.
const besideRun = ['inputs', 'inputs2', 'get', 'implementation', 'full', 'layers', 'device', 'out']

/**
 * What the flags ask for, all of it checked before anything is computed.
 *
 * @throws NtkError `config`, `option`, `spec` or `file`, naming the setting
 */
export function jobOf(request: Request<EmpiricalConfig>): Job {
  const run = request.text('run')
  if (run !== undefined) {
    request.refuseBeside(
      '--run takes network, data, seed and precision of the run',
      'Leave it out, or describe the network without --run.',
      besideRun,
    )
  }
  const read = request.config()
  const config = request.isOn('trace') ? { ...read, full: false } : read
  return run === undefined ? fromConfig(config) : fromRun(request.io.cwd, config, run)
}

function keysOf(seed: number): Job['keys'] {
  return { data: foldIn(key(seed), 0), network: foldIn(key(seed), 1) }
}

function fromConfig(config: EmpiricalConfig): Job {
  const classes = config.inputs === undefined ? (config.data.classes?.length ?? 10) : 1
  const outputs = config.outputs ?? classes
  const { spec, title, smallestImage } = readySpec(config.architecture, config.network, outputs)
  const on = withDtype(config)
  requireRoom(on, spec, outputs)
  const { data, seed } = config
  return {
    config,
    run: null,
    data,
    spec,
    smallestImage,
    seed,
    drawn: on,
    on,
    net: fromSpec(spec),
    title: title ?? titleOf(spec),
    keys: keysOf(seed),
  }
}

/** The setting of a ready network that makes it large, or the one that says what the network is. */
function sizeSetting({ architecture, network }: EmpiricalConfig): { setting: string; value: string } {
  const given = (['factor', 'channels', 'depth'] as const).find((size) => architecture[size] !== undefined)
  if (given === undefined) return networkSetting(network)
  return { setting: `architecture.${given} (--${given})`, value: String(architecture[given]) }
}

/** @throws NtkError `config` naming the setting that asks for more than there is */
function requireRoom(config: EmpiricalConfig & OnDevice, spec: Spec, outputs: number): void {
  const { inputs, data, full, dtype } = config
  const size = sizeSetting(config)
  requireBuildable(spec, size.setting)
  const parameters =
    config.outputs !== undefined && outputs > 1000
      ? { setting: 'outputs (--outputs)', value: String(outputs) }
      : size
  const needs = [parameterNeed({ spec, ...parameters, copies: 2 }, dtype, imageShapeOf(data.name))]
  if (inputs === undefined) {
    needs.push(...imageNeeds(data))
    needs.push(matrixNeed('data.train (--train)', data.train * (full ? outputs : 1), 2))
  }
  requireMemory(needs)
}

function fromRun(cwd: string, config: EmpiricalConfig, path: string): Job {
  const run = readRunConfig(openRun(cwd, path).config, `${path}/config.yaml`)
  const spec = networkSpec(run.network, run.data.classes?.length ?? 10)
  const { data, seed, dtype } = run
  const on = withDtype({ device: config.device, dtype }, `a run in ${dtype}`)
  return {
    config,
    run: path,
    data,
    spec,
    seed,
    drawn: run,
    on,
    smallestImage: 1,
    net: fromSpec(spec),
    title: titleOf(spec),
    keys: keysOf(seed),
  }
}

function titleOf(spec: Spec): string {
  const convolutional = layersOf(spec).some(({ name }) => name.startsWith('Conv'))
  return hiddenWidths(spec).length > 0 && !convolutional ? describeNetwork(spec) : 'the network'
}

/** @throws NtkError `option` where both ways to treat outputs are asked for */
export function requireOneOfTraceAndFull(request: Request<EmpiricalConfig>): void {
  if (!request.isOn('trace') || !request.isOn('full')) return
  throw new NtkError('option', {
    what: '--trace averages over outputs and --full keeps all pairs of them.',
    fix: 'Give one of them.',
  })
}

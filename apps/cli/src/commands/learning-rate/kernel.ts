import { kernelFn } from '@ntk/kernels-analytic'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import { fromSpec, type Spec } from '@ntk/stax'
import { foldIn, type Key, key, NtkError, type Tensor, toBackend, toHost } from '@ntk/tensor'
import type { OnDevice } from '../../config/device.js'
import { requireTableFits } from '../../config/samples.js'
import type { LoadContext } from '../../data/context.js'
import { type Labelled, labelledImages, labelledRows } from '../../data/labelled.js'
import { requireFinite, scaleDown } from '../../measures/finite.js'
import { requireMemory } from '../../measures/memory.js'
import { applyOf } from '../../networks/apply.js'
import { withBorder } from '../../networks/border.js'
import { couplesOutputs } from '../../networks/coupling.js'
import { freshParams, toDevice } from '../../networks/device.js'
import { requireInfinite } from '../../networks/infinite.js'
import { imageNeeds, matrixNeed, parameterNeed } from '../../networks/needs.js'
import { type NamedSpec, readySpec } from '../../networks/ready.js'
import { shapeOfImages } from '../../networks/samples.js'
import { requireBuildable } from '../../networks/size.js'
import { describeNetwork, networkSetting, takesVectors } from '../../networks/spec.js'
import { imagesUnlessGiven, type LearningRateConfig } from './settings.js'

/** The tangent kernel of training samples. */
export interface Found {
  /** [n, n], or [n, n, k, k] of a finite network with all pairs of outputs. */
  readonly kernel: Tensor
  readonly samples: number
  /** Outputs of the network: one a class, or one of numbers. */
  readonly outputs: number
  readonly task: 'classes' | 'numbers'
  /** `glyphs, 2 hidden layers of width 512` */
  readonly source: string
}

const named = ({ architecture, network }: LearningRateConfig, outputs: number): NamedSpec =>
  readySpec(architecture, network, outputs)

/** Refuses what cannot be computed, before anything is read. @throws NtkError `config`, `spec`, `unsupported` */
export function requireSensible(config: LearningRateConfig & OnDevice): void {
  const { data, table, network, kernel, dtype } = config
  const outputs = table.file === undefined ? (data.classes?.length ?? 10) : 1
  const { spec } = named(config, outputs)
  const { setting, value } = networkSetting(network)
  requireBuildable(spec, setting)
  const net = fromSpec(spec)
  if (kernel === 'infinite') requireInfinite(net)
  requireTableFits(table, spec)
  const train = data.train ?? imagesUnlessGiven
  if (table.file !== undefined) return
  const needs = [...imageNeeds({ ...data, train, test: 1 }), matrixNeed('data.train (--train)', train, 2)]
  if (kernel === 'empirical')
    needs.push(parameterNeed({ spec, setting, value, copies: 2 }, dtype, shapeOfImages(data)))
  requireMemory(needs)
}

/** Reads the samples and computes their kernel on the device of the config. */
export async function kernelOfData(
  config: LearningRateConfig & OnDevice,
  context: LoadContext,
): Promise<Found> {
  const { table, data } = config
  const root = key(config.seed)
  const first = named(config, 1)
  const read = await readSamples(config, first.spec, root, context)
  const { task, classes } = read.values
  if (task === 'numbers' && config.loss === 'cross-entropy') {
    throw new NtkError('config', {
      what: 'The loss cross-entropy (--loss) is of classes, and the target of this table is a number.',
      fix: 'Take --loss mean or sum, or --task classes.',
    })
  }
  const outputs = task === 'classes' ? classes.length : 1
  const { spec, title, smallestImage } = named(config, outputs)
  const shown = title ?? describeNetwork(spec)
  const x = withBorder(read.arrays.x_train, { title: shown, smallestImage }, context.progress)
  const bar = context.progress.task(`tangent kernel, ${config.kernel}`, 1)
  try {
    const kernel = await compute(config, spec, root, x, outputs, {
      signal: context.signal,
      onProgress: ({ done, total }) => bar.update(total === null ? 0 : done / total),
    })
    await requireFinite(kernel, 'The kernel of these inputs', scaleDown)
    bar.done(kernel.shape.join(' × '))
    const samples = x.shape[0] ?? 0
    return { kernel, samples, outputs, task, source: `${table.file ?? data.name}, ${shown}` }
  } catch (error) {
    bar.stop()
    throw error
  }
}

function readSamples(
  config: LearningRateConfig,
  spec: Spec,
  root: Key,
  context: LoadContext,
): Promise<Labelled> {
  const keys = { rows: foldIn(root, 0), table: foldIn(root, 4) }
  if (config.table.file !== undefined) return labelledRows(config, keys, context)
  const train = config.data.train ?? imagesUnlessGiven
  const images = { ...config.data, train, test: config.data.test ?? 1 }
  return labelledImages(images, { key: keys.rows, vectors: takesVectors(spec) }, context)
}

interface Call {
  readonly signal: AbortSignal
  readonly onProgress: (progress: { readonly done: number; readonly total: number | null }) => void
}

async function compute(
  config: LearningRateConfig & OnDevice,
  spec: Spec,
  root: Key,
  x: Tensor,
  outputs: number,
  call: Call,
): Promise<Tensor> {
  const net = fromSpec(spec)
  const { inputs } = await toDevice({ inputs: x }, config)
  if (config.kernel === 'infinite') return toHost(await kernelFn(net)(inputs, null, { get: 'ntk', ...call }))
  // The parameters of `ntk train` and `ntk dynamics` with this seed.
  const drawn = freshParams(config, net, foldIn(root, 1), [-1, ...x.shape.slice(1)])
  const params = await toBackend(drawn.params, inputs.backend)
  const coupled = couplesOutputs(x.shape[0] ?? 0, outputs)
  return empiricalNtkFn(applyOf(net), coupled ? {} : { traceAxes: [-1] })(inputs, null, params, call)
}

import { maxLearningRate } from '@ntk/dynamics'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import { centredModel, type ModelOf } from '@ntk/optim'
import type { Layer, Params } from '@ntk/stax'
import {
  cast,
  foldIn,
  NtkError,
  scope,
  showShape,
  type Tensor,
  tensorFromData,
  toBackend,
  toHost,
} from '@ntk/tensor'
import { requireFinite, scaleDown } from '../../measures/finite.js'
import { applyOf } from '../../networks/apply.js'
import { couplesOutputs } from '../../networks/coupling.js'
import { backendOf, freshParams } from '../../networks/device.js'
import { shortNumber } from '../../text/number.js'
import type { Setup } from './setup.js'
import type { DataOutput } from './stages/data.js'

/** A network at its start: its outputs and its tangent kernel with all pairs of outputs. */
export interface Start {
  readonly params: Params<Tensor>
  /** [n, k] and [m, k] */
  readonly fTrain: Tensor
  readonly fTest: Tensor
  /** [n, n, k, k] and [m, n, k, k]; means over outputs, [n, n] and [m, n], where there are too many to couple. */
  readonly trainTrain: Tensor
  readonly testTrain: Tensor
}

/** Inputs and targets in the precision of the networks. */
export function trainingArrays(setup: Setup, { arrays }: DataOutput): DataOutput['arrays'] {
  const { dtype } = setup.config
  return {
    x_train: cast(arrays.x_train, dtype),
    x_test: cast(arrays.x_test, dtype),
    y_train: cast(arrays.y_train, dtype),
    y_test: cast(arrays.y_test, dtype),
  }
}

/** Fresh parameters of the i-th network of a shape, the main one first; the same in every stage that asks. */
export function initialParams(
  setup: Setup,
  net: Layer,
  { arrays }: DataOutput,
  member: number = 0,
): Params<Tensor> {
  const shape = [-1, ...arrays.x_train.shape.slice(1)]
  const own = member === 0 ? setup.keys.network : foldIn(setup.keys.network, member)
  return freshParams(setup.config, net, own, shape).params
}

/** What is trained of a network: less itself at its start, or as it is. Both have the network's tangent kernel. */
export function modelOf({ config }: Pick<Setup, 'config'>): ModelOf {
  return config.training.start === 'centred' ? centredModel : (apply) => ({ apply })
}

/** Outputs and empirical NTK of freshly initialized parameters; `onPart` hears which share of the work is done. */
export async function startOf(
  setup: Setup,
  net: Layer,
  data: DataOutput,
  { signal, onPart }: { readonly signal: AbortSignal; readonly onPart: (share: number) => void },
  member: number = 0,
): Promise<Start> {
  const { x_train, x_test } = trainingArrays(setup, data)
  const params = initialParams(setup, net, data, member)
  const backend = await backendOf(setup.config)
  const found = await scope(async () => {
    const there = await toBackend({ params, x_train, x_test }, backend)
    return toHost(await startThere(setup, net, there, { signal, onPart }))
  })
  for (const outputs of [found.fTrain, found.fTest])
    await requireFinite(outputs, 'The outputs of the network at its start', scaleDown)
  for (const kernel of [found.trainTrain, found.testTrain])
    await requireFinite(kernel, 'The kernel of the network at its start', scaleDown)
  return { params, ...found }
}

/** The same where the parameters are, and left there. */
async function startThere(
  setup: Setup,
  net: Layer,
  { params, x_train, x_test }: Pick<Start, 'params'> & Readonly<Record<'x_train' | 'x_test', Tensor>>,
  { signal, onPart }: { readonly signal: AbortSignal; readonly onPart: (share: number) => void },
): Promise<Omit<Start, 'params'>> {
  const apply = applyOf(net)
  const model = modelOf(setup)(apply, params)
  const fTrain = model.apply(params, x_train)
  checkOutputs(setup, fTrain)
  const ntk = empiricalNtkFn(
    apply,
    couplesOutputs(setup.config.data.train, setup.outputs) ? {} : { traceAxes: [-1] },
  )
  const options = (part: number) => ({
    onProgress: ({ done, total }: { done: number; total: number }) => onPart((part + done / total) / 2),
    signal,
  })
  const trainTrain = await ntk(x_train, null, params, options(0))
  const testTrain = await ntk(x_test, x_train, params, options(1))
  return { fTrain, fTest: model.apply(params, x_test), trainTrain, testTrain }
}

function checkOutputs(setup: Setup, outputs: Tensor): void {
  const [, columns] = outputs.shape
  if (outputs.rank === 2 && columns === setup.outputs) return
  throw new NtkError('config', {
    what: `The network must give one number a class: outputs of shape [n, ${setup.outputs}].`,
    got: showShape(outputs.shape),
    fix:
      outputs.rank === 2
        ? `End it with ["Dense", {"out": ${setup.outputs}}], or choose classes with --classes.`
        : 'Put ["Flatten"] where images become vectors.',
  })
}

/** The learning rate up to which this network's linearization is stable, by batches as the config has them. */
export function largestRate(setup: Setup, { trainTrain }: Start, { arrays }: DataOutput): number {
  const { momentum, batch } = setup.config.training
  return maxLearningRate(trainTrain, {
    ySize: arrays.y_train.size,
    momentum,
    batchSize: batch === 'full' ? undefined : batch,
  })
}

/** What to say of a learning rate that is too large; null where it is not. */
export function rateWarning(setup: Setup, rate: number, largest: number): string | null {
  if (rate <= largest) return null
  if (setup.config.training.batch !== 'full') {
    return `The learning rate ${shortNumber(rate)} is above ${shortNumber(largest)}, up to which training is stable whichever batches are drawn: it may diverge.`
  }
  return `The learning rate ${shortNumber(rate)} is above the largest stable one, ${shortNumber(largest)}: training will probably diverge.`
}

/** [n, n, k, k] to [n, n]: the mean over outputs of their own kernels, which all have one limit at infinite width. */
export function overOutputs(kernel: Tensor): Tensor {
  if (kernel.rank === 2) return kernel
  const [n = 0, m = 0, k = 1] = kernel.shape
  const data = kernel.dataSync()
  const mean = new Float64Array(n * m)
  for (let pair = 0; pair < n * m; pair++) {
    for (let c = 0; c < k; c++) mean[pair] = (mean[pair] ?? 0) + (data[(pair * k + c) * k + c] ?? 0) / k
  }
  return tensorFromData(mean, [n, m])
}

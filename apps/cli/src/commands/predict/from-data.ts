import { jvp, type Tree, treeMap } from '@ntk/autodiff'
import { centredLabels, oneHot } from '@ntk/datasets'
import { kernelFn } from '@ntk/kernels-analytic'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import { centredModel } from '@ntk/optim'
import { fromSpec } from '@ntk/stax'
import { cast, foldIn, key, NtkError, showShape, type Tensor, toBackend, toHost } from '@ntk/tensor'
import { requireTableFits } from '../../config/samples.js'
import type { LoadContext } from '../../data/context.js'
import { type Labelled, labelledImages, labelledRows } from '../../data/labelled.js'
import { scaleTargets, targetScale } from '../../data/targets.js'
import { requireFinite, scaleDown } from '../../measures/finite.js'
import { requireMemory } from '../../measures/memory.js'
import { applyOf } from '../../networks/apply.js'
import { couplesOutputs } from '../../networks/coupling.js'
import { freshParams, toDevice } from '../../networks/device.js'
import { requireInfinite } from '../../networks/infinite.js'
import { imageNeeds, matrixNeed } from '../../networks/needs.js'
import { requireBuildable } from '../../networks/size.js'
import { describeNetwork, networkSetting, networkSpec, takesVectors } from '../../networks/spec.js'
import { requireTwoClasses } from './class-targets.js'
import { requireEnd } from './cross-entropy.js'
import { type Problem, plainUnits } from './problem.js'
import { imagesUnlessGiven, type PredictConfig, type SettledConfig } from './settings.js'

/** Refuses what cannot be predicted, before anything is read. @throws NtkError `config`, `spec`, `unsupported` */
export function requireSensible(config: SettledConfig): void {
  const { table, data, network } = config
  if (config.loss === 'cross-entropy') requireEnd(config)
  const spec = networkSpec(network, 1)
  requireBuildable(spec, networkSetting(network).setting)
  const net = fromSpec(spec)
  if (config.of !== 'network') requireInfinite(net)
  else if (config.get === 'nngp') {
    throw new NtkError('config', {
      what: 'get: nngp (--get) with --of network needs kernels from files: of a network of data the ntk is computed.',
      fix: `Take --get ntk${config.loss === 'cross-entropy' ? '' : ', or --of ensemble'}.`,
    })
  }
  requireTableFits(table, spec)
  if (table.file !== undefined) return
  const { train = imagesUnlessGiven, test = imagesUnlessGiven } = data
  requireMemory([
    ...imageNeeds({ ...data, train, test }),
    // Kernels, eigenvectors and the covariance.
    matrixNeed('data.train (--train)', train, 5),
    matrixNeed('data.test (--test)', test, 3),
  ])
}

/** Kernels of a network on images or a table: infinitely wide ones, or that of one network at its start. */
export async function problemOfData(config: SettledConfig, context: LoadContext): Promise<Problem> {
  const root = key(config.seed)
  const spec = networkSpec(config.network, 1)
  const { file } = config.table
  const { train = imagesUnlessGiven, test = imagesUnlessGiven } = config.data
  const keys = { rows: foldIn(root, 0), table: foldIn(root, 4) }
  const vectors = takesVectors(spec)
  const read =
    file === undefined
      ? await labelledImages({ ...config.data, train, test }, { key: keys.rows, vectors }, context)
      : await labelledRows(config, keys, context)
  const targets = targetsOf(read, config.loss)
  const known = {
    ...targets,
    classes: read.values.task === 'classes',
    source: `${file ?? config.data.name}, ${describeNetwork(spec)}`,
  }
  const found =
    config.of === 'network'
      ? await finite(config, read.arrays, targets.yTrain.shape[1] ?? 1, context)
      : await infinite(config, read.arrays, context)
  return { ...known, ...found }
}

/**
 * One-hot less 1/C of classes, under cross-entropy one-hot; numbers brought to mean 0 and variance 1 by those of the training set.
 *
 * @throws NtkError `config` for cross-entropy of numbers, `option` for that of one class
 */
function targetsOf(
  { values, arrays }: Labelled,
  loss: PredictConfig['loss'],
): Pick<Problem, 'yTrain' | 'yTest' | 'units'> {
  const { y_train, y_test } = arrays
  if (values.task === 'classes') {
    const count = values.classes.length
    if (loss === 'cross-entropy') requireTwoClasses(count)
    const encode = loss === 'cross-entropy' ? oneHot : centredLabels
    return { yTrain: encode(y_train, count), yTest: encode(y_test, count), units: plainUnits }
  }
  if (loss === 'cross-entropy') {
    throw new NtkError('config', {
      what: 'The loss cross-entropy (--loss) is of classes, and the target of this table is a number.',
      fix: 'Take --loss mean, or --task classes.',
    })
  }
  const units = targetScale(y_train)
  return { yTrain: scaleTargets(y_train, units), yTest: scaleTargets(y_test, units), units }
}

type Computed = Pick<
  Problem,
  'ntk' | 'nngp' | 'nngpTestTest' | 'fTrain' | 'fTest' | 'tangentTrain' | 'tangentTest'
>

async function infinite(
  config: SettledConfig,
  arrays: Labelled['arrays'],
  { progress, signal }: LoadContext,
): Promise<Computed> {
  const kernel = kernelFn(fromSpec(networkSpec(config.network, 1)))
  const { x_train, x_test } = await toDevice({ x_train: arrays.x_train, x_test: arrays.x_test }, config)
  const title = 'kernels at infinite width'
  const task = progress.task(title, 3)
  try {
    const part = (i: number) => ({
      signal,
      onProgress: ({ done, total }: { done: number; total: number }) => task.update(i + done / total),
    })
    const there = {
      train: await kernel(x_train, null, { get: ['nngp', 'ntk'], ...part(0) }),
      cross: await kernel(x_test, x_train, { get: ['nngp', 'ntk'], ...part(1) }),
      tests: await kernel(x_test, null, { get: 'nngp', ...part(2) }),
    }
    const { train, cross, tests } = await wideOf(there)
    for (const found of [train.nngp, train.ntk, cross.nngp, cross.ntk, tests])
      await requireFinite(found, 'A kernel of these inputs', scaleDown)
    task.done()
    return {
      ntk: { trainTrain: train.ntk, testTrain: cross.ntk },
      nngp: { trainTrain: train.nngp, testTrain: cross.nngp },
      nngpTestTest: tests,
      fTrain: null,
      fTest: null,
      tangentTrain: null,
      tangentTest: null,
    }
  } catch (error) {
    task.stop()
    throw error
  }
}

/** Arrays of a device at home and in float64, in which predictions are computed. */
async function wideOf<T extends Tree>(arrays: T): Promise<T> {
  return treeMap((array: Tensor) => cast(array, 'float64'), await toHost(arrays))
}

async function finite(
  config: SettledConfig,
  arrays: Labelled['arrays'],
  outputs: number,
  { progress, signal }: LoadContext,
): Promise<Computed> {
  const { network, seed, start, decayTo } = config
  const net = fromSpec(networkSpec(network, outputs))
  const { x, xTest } = await toDevice({ x: arrays.x_train, xTest: arrays.x_test }, config)
  // The parameters of `ntk dynamics` and `ntk train` with this seed.
  const drawn = freshParams(config, net, foldIn(key(seed), 1), [-1, ...x.shape.slice(1)])
  const params = await toBackend(drawn.params, x.backend)
  const apply = applyOf(net)
  const model = start === 'centred' ? centredModel(apply, params).apply : apply
  const [fTrain, fTest] = [model(params, x), model(params, xTest)]
  if (fTrain.rank !== 2 || fTrain.shape[1] !== outputs) {
    throw new NtkError('config', {
      what: `The network must give ${outputs === 1 ? 'one number' : 'one number a class'}: outputs of shape [n, ${outputs}].`,
      got: showShape(fTrain.shape),
      fix: 'Change its last layers.',
    })
  }
  const task = progress.task('kernel of the network', 2)
  try {
    const coupled = couplesOutputs(x.shape[0] ?? 0, outputs)
    if (!coupled)
      progress.warn(
        `${x.shape[0]} samples of ${outputs} outputs are too many to couple: the mean of the kernel over outputs is taken.`,
      )
    const ntk = empiricalNtkFn(apply, coupled ? {} : { traceAxes: [-1] })
    const part = (i: number) => ({
      signal,
      onProgress: ({ done, total }: { done: number; total: number }) => task.update(i + done / total),
    })
    const trainTrain = await ntk(x, null, params, part(0))
    const testTrain = await ntk(xTest, x, params, part(1))
    // J θ_0: what of the outputs shrinks with weights that decay to zero.
    const tangentOf = (inputs: Tensor): Tensor => jvp((p) => model(p, inputs), [params], [params])[1]
    const tangents = decayTo === 'zero' ? [tangentOf(x), tangentOf(xTest)] : []
    for (const found of [fTrain, fTest, trainTrain, testTrain, ...tangents])
      await requireFinite(found, 'Outputs or kernel of the network at its start', scaleDown)
    task.done()
    const home = await wideOf({ fTrain, fTest, trainTrain, testTrain, tangents })
    const [tangentTrain = null, tangentTest = null] = home.tangents
    return {
      ntk: { trainTrain: home.trainTrain, testTrain: home.testTrain },
      nngp: null,
      nngpTestTest: null,
      fTrain: home.fTrain,
      fTest: home.fTest,
      tangentTrain,
      tangentTest,
    }
  } catch (error) {
    task.stop()
    throw error
  }
}

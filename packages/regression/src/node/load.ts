import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type KernelNet, withHyperparameters } from '@ntk/kernels-analytic'
import { fromSpec } from '@ntk/stax'
import { cpuBackend, defaultBackend, NtkError, type Tensor } from '@ntk/tensor'
import { fileError, readNpy } from '@ntk/tensor/node'
import { optional, type Rule, type RulesFor, readOptions, requireText, rule } from '@ntk/tensor/options'
import { scalingBy } from '../algebra/scaling.js'
import { type FittedClassifier, fittedClassifier } from '../classifier.js'
import { isKernelNet, type KernelFunction, type KernelLike, sourceOf } from '../kernel-source.js'
import { processAgain } from '../process.js'
import { type FittedRegressor, fittedRegressor } from '../regressor.js'
import { damaged, hashOfFile, type Manifest, manifestName, readManifest } from './manifest.js'

export interface LoadModelOptions {
  /** The kernel function of a model that was made with one, or a network with layers of one's own: functions are not written. */
  readonly kernel?: KernelFunction | KernelNet | undefined
}

const rules = {
  kernel: optional(
    rule<KernelFunction | KernelNet>(
      'a kernel function or a network',
      (v) => typeof v === 'function' || isKernelNet(v),
    ),
  ) as Rule<KernelFunction | KernelNet | undefined>,
} satisfies RulesFor<LoadModelOptions>

/** A model, by its kind. */
export type LoadedModel = FittedRegressor | FittedClassifier

/**
 * A model that `saveModel` wrote, which predicts as it did: means at once; for standard deviations and another noise the kernel of the training set is
 * made and factored again when they are first asked for. `kind` of it says which it is.
 *
 * Throws NtkError 'data' on a folder that is damaged, naming the file, 'unsupported' on one of another version, 'file' where there is none, 'option'
 * where a function is needed.
 */
export async function loadModel(folder: string, options?: LoadModelOptions): Promise<LoadedModel> {
  requireText(folder, 'folder of loadModel')
  const { kernel: given } = readOptions('loadModel', rules, options)
  const manifest = await manifestOf(folder)
  const array = async (name: string): Promise<Tensor> => {
    const file = join(folder, `${name}.npy`)
    const hash = await hashOfFile(file).catch((error: unknown) => {
      throw damaged(
        folder,
        `${name}.npy, which could not be read (${String((error as { code?: unknown }).code)})`,
      )
    })
    if (hash !== manifest.arrays[name]) throw damaged(file, 'a hash that is not the one it was written with')
    return readNpy(file, { backend: cpuBackend() })
  }
  const has = (name: string): boolean => Object.hasOwn(manifest.arrays, name)
  const net = netOf(manifest, given)
  const { get, factorization, variance, chosen, kind } = manifest
  const [solution, targets] = [await array('solution'), await array('targets')]
  const x = has('x') ? await array('x') : null
  const kernel = has('kernel') ? await array('kernel') : null
  const source = net === 'precomputed' ? null : sourceOf(net, get)
  const process = processAgain(
    { solution, variance, evidence: manifest.evidence ?? Number.NaN },
    async () => (source === null || x === null ? (kernel as Tensor) : source.train(x, {})),
    { source, x, targets, factorization },
  )
  const like = { dtype: manifest.dtype, backend: defaultBackend() }
  const common = { like, chosen, net, given: isKernelNet(net) ? net : null, get, factorization, kernel }
  if (kind.name === 'regressor') {
    const scaling = scalingBy(Float64Array.from(kind.means), Float64Array.from(kind.sizes))
    const { outputs, outputScale } = kind
    const outputScales = Float64Array.from(kind.outputScales)
    return fittedRegressor(process, { ...common, scaling, outputs, outputScale, outputScales })
  }
  const indices = Int32Array.from((await array('labels')).dataSync())
  const draws = has('draws') ? Float64Array.from((await array('draws')).dataSync()) : null
  const labels = { classes: kind.classes, indices }
  return fittedClassifier(process, {
    ...common,
    labels,
    draws,
    calibration: kind.calibration,
    folds: kind.folds,
  })
}

/**
 * What was given to `saveModel` as `about`, null where nothing was. Reads no arrays. Throws as `loadModel`.
 */
export async function aboutModel(folder: string): Promise<unknown> {
  requireText(folder, 'folder of aboutModel')
  return (await manifestOf(folder)).about ?? null
}

async function manifestOf(folder: string): Promise<Manifest> {
  const path = join(folder, manifestName)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw fileError(error, path, 'read')
  }
  return readManifest(text, path)
}

function netOf({ net, hyperparameters }: Manifest, given: LoadModelOptions['kernel']): KernelLike {
  if (net === 'precomputed') return net
  if (net === 'function') {
    if (given !== undefined)
      return hyperparameters !== null && isKernelNet(given)
        ? withHyperparameters(given, hyperparameters)
        : given
    throw new NtkError('option', {
      what: 'loadModel needs an option "kernel": the model was made with a function, which is not in its folder.',
      fix: 'Give the same function, or the same network.',
    })
  }
  const own: KernelNet = 'spec' in net ? fromSpec(net.spec) : { kernel: net.steps }
  return hyperparameters === null ? own : withHyperparameters(own, hyperparameters)
}

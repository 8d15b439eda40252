import { resolve } from 'node:path'
import { centredLabels } from '@ntk/datasets'
import { cast, NtkError, reshape, showShape, type Tensor } from '@ntk/tensor'
import { readNpz } from '@ntk/tensor/node'
import { readArray } from '../../data/array.js'
import { requireFinite } from '../../measures/finite.js'
import { flagName } from '../../settings/setting.js'
import { classTargets, namesClassesByNumber } from './class-targets.js'
import { type Kernels, type Problem, plainUnits } from './problem.js'
import { type ArrayName, arrays, keyOfArray, type PredictConfig } from './settings.js'

type Found = { readonly [K in ArrayName]?: Tensor }

const names = Object.keys(arrays) as ArrayName[]

/**
 * Kernels and targets of files.
 *
 * @throws NtkError `file` and `data` for what cannot be read, `option` for names of an npz that nobody knows and for what is absent, `shape`,
 *   `not-finite` naming the sample
 */
export async function problemOfFiles(cwd: string, config: PredictConfig): Promise<Problem> {
  const found = await readAll(cwd, config)
  const given = names.filter((name) => found[name] !== undefined)
  const yTrain = found.y_train
  if (yTrain === undefined) throw absent('y_train', given)
  const { classes, targets } =
    config.loss === 'cross-entropy' ? ofClasses(yTrain, found) : ofSquares(yTrain, found)
  const double = (name: ArrayName): Tensor | null => {
    const array = found[name]
    return array === undefined ? null : cast(array, 'float64')
  }
  const columns = (name: ArrayName): Tensor | null => {
    const array = double(name)
    return array === null ? null : asColumns(array)
  }
  const kernels = (kind: 'ntk' | 'nngp'): Kernels | null => {
    const trainTrain = double(`${kind}_train_train`)
    if (trainTrain === null) {
      if (found[`${kind}_test_train`] !== undefined) throw absent(`${kind}_train_train`, given)
      return null
    }
    return { trainTrain, testTrain: double(`${kind}_test_train`) }
  }
  const [ntk, nngp] = [kernels('ntk'), kernels('nngp')]
  const wanted = config.get === 'ntk' ? ntk : nngp
  if (wanted === null) throw absent(`${config.get}_train_train`, given)
  requireTangents(config, found, wanted, given)
  return {
    ntk,
    nngp,
    nngpTestTest: double('nngp_test_test'),
    yTrain: targets(yTrain, 'y_train'),
    yTest: found.y_test === undefined ? null : targets(found.y_test, 'y_test'),
    fTrain: columns('f_train'),
    fTest: columns('f_test'),
    tangentTrain: columns('tangent_train'),
    tangentTest: columns('tangent_test'),
    classes,
    units: plainUnits,
    source: config.kernels.file ?? 'kernels of files',
  }
}

async function readAll(cwd: string, { kernels }: PredictConfig): Promise<Found> {
  const found: { [K in ArrayName]?: Tensor } = {}
  const { file } = kernels
  if (file !== undefined) {
    const all = await readNpz(resolve(cwd, file))
    for (const [name, array] of Object.entries(all)) {
      const known = names.find((one) => one === name)
      if (known === undefined) {
        throw new NtkError('option', {
          what: `${file} holds an array that ntk predict does not know, "${name}".`,
          fix: `Known are ${names.join(', ')}.`,
        })
      }
      found[known] = array
    }
  }
  for (const name of names) {
    const path = kernels[keyOfArray(name)]
    if (path !== undefined) found[name] = await readArray(resolve(cwd, path), path)
  }
  for (const name of names) {
    const array = found[name]
    if (array !== undefined)
      await requireFinite(array, kernels[keyOfArray(name)] ?? `${name} of ${file}`, 'Mend the number.')
  }
  return found
}

function absent(name: ArrayName, given: readonly ArrayName[]): NtkError {
  return new NtkError('option', {
    what: `A prediction needs ${name}: ${arrays[name]}.`,
    got: given.join(', '),
    fix: `Put it into the npz, or give ${flagName(keyOfArray(name))}.`,
  })
}

/** Throws NtkError `option` unless J θ_0 is given just where weights decay to zero, on all points that are predicted. */
function requireTangents(
  { decayTo }: PredictConfig,
  found: Found,
  { testTrain }: Kernels,
  given: readonly ArrayName[],
): void {
  const both = ['tangent_train', 'tangent_test'] as const
  if (decayTo === 'start') {
    const needless = both.find((name) => found[name] !== undefined)
    if (needless === undefined) return
    throw new NtkError('option', {
      what: `Weights that decay to where they started, or not at all, take no ${needless}.`,
      got: given.join(', '),
      fix: 'Leave it out, or give --decay-to zero and --weight-decay.',
    })
  }
  const asked = testTrain === null ? both.slice(0, 1) : both
  const missing = asked.find((name) => found[name] === undefined)
  if (missing !== undefined) throw absent(missing, given)
}

interface Targets {
  /** Whether they are of classes. */
  readonly classes: boolean
  /** Targets as training takes them [n, k]. */
  readonly targets: (y: Tensor, name: string) => Tensor
}

/** One-hot less 1/C of classes as whole numbers, others as they are. */
function ofSquares(yTrain: Tensor, { y_test }: Found): Targets {
  if (!namesClassesByNumber(yTrain)) return { classes: false, targets: (y) => asColumns(cast(y, 'float64')) }
  const classes = countOfClasses(yTrain, y_test)
  return { classes: true, targets: (y) => centredLabels(cast(y, 'int32'), classes) }
}

/** Probabilities, of as many classes as there are outputs: labels may leave the last ones out. */
function ofClasses(yTrain: Tensor, found: Found): Targets {
  const coupled = found.ntk_train_train ?? found.nngp_train_train
  const classes =
    (yTrain.rank === 2 ? yTrain.shape[1] : undefined) ??
    (found.f_train?.rank === 2 ? found.f_train.shape[1] : undefined) ??
    (coupled?.rank === 4 ? coupled.shape[2] : undefined) ??
    (namesClassesByNumber(yTrain) ? countOfClasses(yTrain, found.y_test) : 1)
  return { classes: true, targets: (y, name) => classTargets(y, classes, name) }
}

/** Classes that whole numbers [n] name. */
function countOfClasses(y: Tensor, yTest: Tensor | undefined): number {
  let most = 0
  for (const labels of [y, yTest]) for (const label of labels?.dataSync() ?? []) most = Math.max(most, label)
  return most + 1
}

function asColumns(y: Tensor): Tensor {
  if (y.rank === 2) return y
  if (y.rank === 1) return reshape(y, [y.shape[0] ?? 0, 1])
  throw new NtkError('shape', {
    what: 'Targets and outputs have a shape [n] or [n, k].',
    got: showShape(y.shape),
  })
}

import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { hyperparameters, type KernelNet } from '@ntk/kernels-analytic'
import type { Spec } from '@ntk/stax'
import { NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { fileError, writeNpy } from '@ntk/tensor/node'
import { isRecord, optional, type RulesFor, readOptions, requireText, rule, show } from '@ntk/tensor/options'
import { inDouble } from '../algebra/host.js'
import type { FittedClassifier } from '../classifier.js'
import { isKernelNet } from '../kernel-source.js'
import type { FittedRegressor } from '../regressor.js'
import { type ModelState, stateOf } from '../state.js'
import { format, hashOfFile, manifestName, type SavedNet, textOf, version } from './manifest.js'

export interface SaveModelOptions {
  /** Of your own, plain data as JSON holds it, such as the names of classes and how rows became samples: `aboutModel` gives it back. */
  readonly about?: object | undefined
}

const rules = {
  about: optional(rule<object>('a record of plain data, as JSON holds it', (v) => isRecord(v) && isPlain(v))),
} satisfies RulesFor<SaveModelOptions>

function isPlain(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isPlain)
  // Dates and the like would come back as something else.
  const plain = isRecord(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value))
  return plain && Object.values(value).every((inner) => inner === undefined || isPlain(inner))
}

/**
 * Writes a model to a folder: model.json (the network's spec, hyperparameters, noise, calibration, hashes) and npy files (the solution, the targets, and the
 * samples of the training set or its kernel). Under a temporary name first, then renamed, in place of a model that was there. A kernel function is not
 * written: `loadModel` takes it again.
 *
 * Throws NtkError 'value' on what is no model, 'conflict' where the path holds something else, 'file', 'disk'.
 */
export async function saveModel(
  model: FittedRegressor | FittedClassifier,
  folder: string,
  options?: SaveModelOptions,
): Promise<void> {
  const { about } = readOptions('saveModel', rules, options)
  requireText(folder, 'folder of saveModel')
  const state = typeof model === 'object' && model !== null ? stateOf(model) : null
  if (state === null) {
    throw new NtkError('value', {
      what: 'saveModel needs a model that was fitted or loaded.',
      got: show(model),
      fix: 'Write await kernelRegressor(net).fit(x, y).',
    })
  }
  const path = resolve(folder)
  const there = await isModel(path)
  const temporary = join(dirname(path), `${basename(path)}.${randomUUID()}.tmp`)
  try {
    await mkdir(temporary, { recursive: true })
    const arrays: Record<string, string> = {}
    for (const [name, x] of arraysOf(state)) {
      await writeNpy(join(temporary, `${name}.npy`), x)
      arrays[name] = await hashOfFile(join(temporary, `${name}.npy`))
    }
    await writeFile(join(temporary, manifestName), manifestOf(state, arrays, about))
    const old = `${temporary}.old`
    if (there) await rename(path, old)
    await rename(temporary, path)
    if (there) await rm(old, { recursive: true, force: true })
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined)
    throw fileError(error, path, 'written')
  }
}

/** Whether a path holds a model. Throws NtkError 'conflict' where it holds something else. */
async function isModel(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  if (found === null) return false
  const text = await readFile(join(path, manifestName), 'utf8').catch(() => '')
  if (text.includes(`"${format}"`)) return true
  throw new NtkError('conflict', {
    what: `${path} holds something that is no model.`,
    fix: 'Choose another folder, or move that away.',
  })
}

function arraysOf({ process, kernel, kind }: ModelState): [string, Tensor][] {
  const arrays: [string, Tensor][] = [
    ['solution', process.solution],
    ['targets', process.targets],
  ]
  if (process.x !== null) arrays.push(['x', process.x])
  if (kernel !== null) arrays.push(['kernel', kernel])
  if (kind.name === 'classifier') {
    arrays.push(['labels', tensorFromData(kind.indices, [kind.indices.length])])
    const classes = kind.classes.length
    if (kind.draws !== null)
      arrays.push(['draws', inDouble(kind.draws, [kind.draws.length / classes, classes])])
  }
  return arrays
}

function manifestOf(state: ModelState, arrays: Record<string, string>, about: object | undefined): string {
  const { process, kind, net, given, chosen } = state
  const found = isKernelNet(net) && chosen !== null ? hyperparameters(net) : null
  return textOf({
    format,
    version,
    net: savedNet(net, given),
    hyperparameters: found,
    get: state.get,
    factorization: state.factorization,
    chosen,
    dtype: state.dtype === 'float32' ? 'float32' : 'float64',
    variance: process.variance,
    evidence: Number.isFinite(process.evidence) ? process.evidence : null,
    kind:
      kind.name === 'regressor'
        ? {
            name: kind.name,
            means: [...kind.means],
            sizes: [...kind.sizes],
            outputScale: kind.outputScale,
            outputScales: [...kind.outputScales],
            outputs: kind.outputs,
          }
        : { name: kind.name, classes: kind.classes, calibration: kind.calibration, folds: kind.folds },
    arrays,
    ...(about === undefined ? {} : { about }),
  })
}

function savedNet(net: ModelState['net'], given: KernelNet | null): SavedNet {
  if (net === 'precomputed') return net
  if (given === null || holdsFunction(given.kernel)) return 'function'
  return 'spec' in given && Array.isArray(given.spec)
    ? { spec: given.spec as unknown as Spec }
    : { steps: given.kernel }
}

/** Whether there is a function somewhere inside, which JSON would lose: layers of a user's own. */
function holdsFunction(value: unknown): boolean {
  if (typeof value === 'function') return true
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsFunction)
}

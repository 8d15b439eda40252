import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { HyperparameterTree, KernelStep } from '@ntk/kernels-analytic'
import type { Spec } from '@ntk/stax'
import { NtkError } from '@ntk/tensor'
import type { Factorization } from '../algebra/factor.js'
import type { Calibration } from '../calibration/softmax.js'
import type { Chosen } from '../choose/choose.js'
import type { KernelChoice } from '../kernel-source.js'
import type { OutputScale } from '../output-scale.js'

/** The file of a model's folder that says what it is; arrays stand beside it as npy. */
export const manifestName = 'model.json'
export const format = 'ntk-model'
export const version = 1

/** What stands in place of a network: its spec, its steps where it has none, a function that is not written, or kernels. */
export type SavedNet =
  | { readonly spec: Spec }
  | { readonly steps: readonly KernelStep[] }
  | 'function'
  | 'precomputed'

export interface Manifest {
  readonly format: typeof format
  readonly version: typeof version
  readonly net: SavedNet
  /** Of the network, where they were chosen. */
  readonly hyperparameters: HyperparameterTree | null
  readonly get: KernelChoice
  readonly factorization: Factorization
  readonly chosen: Chosen | null
  readonly dtype: 'float64' | 'float32'
  readonly variance: number
  /** null: not finite. */
  readonly evidence: number | null
  readonly kind: SavedRegressor | SavedClassifier
  /** What whoever saved it wrote about it; absent where nothing. */
  readonly about?: unknown
  /** SHA-256 of each npy file, by its name without ending. */
  readonly arrays: Readonly<Record<string, string>>
}

export interface SavedRegressor {
  readonly name: 'regressor'
  readonly means: readonly number[]
  readonly sizes: readonly number[]
  readonly outputScale: OutputScale
  readonly outputScales: readonly number[]
  readonly outputs: readonly number[]
}

export interface SavedClassifier {
  readonly name: 'classifier'
  readonly classes: readonly number[]
  readonly calibration: Calibration
  readonly folds: number
}

/** The text of a manifest: with its own SHA-256, so that a changed number is seen. */
export function textOf(manifest: Manifest): string {
  return `${JSON.stringify({ ...manifest, sha256: hashOf(manifest) }, null, 2)}\n`
}

/** Throws NtkError 'data' on a text that is no manifest, or not as it was written, and 'unsupported' on another version. */
export function readManifest(text: string, path: string): Manifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw damaged(path, 'no JSON')
  }
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== format) {
    throw damaged(path, 'no model')
  }
  const { sha256, ...manifest } = value as Manifest & { readonly sha256: string }
  if (manifest.version !== version) {
    throw new NtkError('unsupported', {
      what: `${path} was written by another version of @ntk/regression.`,
      got: `version ${String(manifest.version)} of the format, where ${version} is known`,
      fix: 'Fit the model again.',
    })
  }
  if (hashOf(manifest) !== sha256) throw damaged(path, 'a hash that does not fit what it says')
  return manifest
}

export function damaged(path: string, got: string): NtkError {
  return new NtkError('data', {
    what: `${path} is damaged.`,
    got,
    fix: 'Fit the model again, or take a copy.',
  })
}

const hashOf = (manifest: Manifest): string =>
  createHash('sha256').update(JSON.stringify(manifest)).digest('hex')

export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

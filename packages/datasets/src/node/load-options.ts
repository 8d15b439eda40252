/** What loaders of images by parts take alike. */
import {
  aFunction,
  aSignal,
  boolean,
  either,
  optional,
  type Rule,
  type RulesFor,
  record,
  text,
} from '@ntk/tensor/options'
import { imageLimit } from '../mnist.js'
import type { PickOfParts } from '../pick.js'
import type { DownloadProgress } from './download.js'

/** Only the first so many images of each part, or of one. */
export type PartLimit =
  | number
  | { readonly train?: number | undefined; readonly test?: number | undefined }
  | undefined

interface LoadOptions {
  readonly dir?: string | undefined
  readonly limit?: PartLimit
  readonly pick?: PickOfParts | undefined
  readonly download?: boolean | undefined
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const count = optional(imageLimit())
const onProgress = optional(aFunction<(progress: DownloadProgress) => void>())
const signal = optional(aSignal())

/** Of downloads. */
export const progressRules: {
  readonly onProgress: Rule<((progress: DownloadProgress) => void) | undefined>
  readonly signal: Rule<AbortSignal | undefined>
} = { onProgress, signal }

export const loadRules: RulesFor<LoadOptions> = {
  dir: optional(text()),
  limit: optional(either(imageLimit(), record({ train: count, test: count }))),
  pick: optional(aFunction<PickOfParts>()),
  download: boolean(true),
  ...progressRules,
}

/** The limit of each part; undefined for none. */
export function limitsOf(limit: PartLimit): {
  readonly train?: number | undefined
  readonly test?: number | undefined
} {
  return typeof limit === 'number' ? { train: limit, test: limit } : (limit ?? {})
}

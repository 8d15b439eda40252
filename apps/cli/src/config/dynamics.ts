import { z } from 'zod'
import type { FlagEntry } from './flags.js'
import {
  type DataConfig,
  dataSection,
  dtypeField,
  type NetworkConfig,
  networkDefaults,
  networkSection,
  seedField,
  type TrainingConfig,
  trainingSection,
} from './sections.js'
import { type DataFlag, dataFlags, type NetworkFlag, networkFlags } from './shared-flags.js'

/** Everything that decides what `ntk dynamics` computes, after file, flags and defaults are merged. */
export interface DynamicsConfig {
  data: DataConfig
  network: NetworkConfig
  training: TrainingConfig
  widths?: number[] | undefined
  seed: number
  dtype: 'float64' | 'float32'
  out: string
}

export const dynamicsSchema: z.ZodType<DynamicsConfig> = z
  .strictObject({
    data: dataSection,
    network: networkSection,
    training: trainingSection,
    widths: z
      .array(z.int().min(1).describe('Width of every hidden layer of one network of the sweep.'))
      .refine((list) => new Set(list).size === list.length, { error: 'must not name a width twice' })
      .optional()
      .describe(
        'Trains one more network of each width and fits how the distance to its prediction falls. When absent: 1/8, 1/4, 1/2 and all of the width of the hidden layers, where they have one in common; [] for none.',
      ),
    seed: seedField,
    dtype: dtypeField,
    out: z.string().min(1).default('runs').describe('Folder in which the folder of the run is made.'),
  })
  .describe('What `ntk dynamics` trains and predicts.')

/** The flags that set a key of the config. */
export type DynamicsFlag =
  | NetworkFlag
  | DataFlag
  | 'learningRate'
  | 'steps'
  | 'batch'
  | 'momentum'
  | 'evaluations'
  | 'diagReg'
  | 'widths'
  | 'out'

/** Which flag of `ntk dynamics` sets which key of the config, and how its text is read. */
export const dynamicsFlags: Readonly<Record<DynamicsFlag, FlagEntry>> = {
  ...dataFlags,
  ...networkFlags,
  learningRate: {
    key: 'training.learningRate',
    read: 'number',
    brief: 'Number, or auto: half of the largest stable one (auto)',
    placeholder: 'x',
  },
  steps: {
    key: 'training.steps',
    read: 'number',
    brief: 'Steps of gradient descent (150)',
    placeholder: 'n',
  },
  batch: {
    key: 'training.batch',
    read: 'number',
    brief: 'Samples in a step, or full (full)',
    placeholder: 'n',
  },
  momentum: { key: 'training.momentum', read: 'number', brief: 'Heavy-ball momentum (0)', placeholder: 'x' },
  evaluations: {
    key: 'training.evaluations',
    read: 'number',
    brief: 'Points of the curves (80)',
    placeholder: 'n',
  },
  diagReg: {
    key: 'training.diagReg',
    read: 'number',
    brief: 'With --limit: added to kernels, relative to their mean diagonal (0)',
    placeholder: 'x',
  },
  widths: {
    key: 'widths',
    read: 'numbers',
    brief: 'Also train these widths and fit the law, or none (1/8, 1/4, 1/2 and all of --hidden)',
    placeholder: 'list',
  },
  out: { key: 'out', read: 'text', brief: 'Folder for the folder of the run (runs)', placeholder: 'dir' },
}

/** A config whose widths are decided: nothing is left to defaults that depend on each other. */
export type ResolvedDynamics = DynamicsConfig & { readonly widths: readonly number[] }

/** Fills in the widths of the sweep where the config leaves them open. */
export function resolveWidths(config: DynamicsConfig): ResolvedDynamics {
  if (config.widths !== undefined) return { ...config, widths: config.widths }
  const { spec, hidden = networkDefaults.hidden } = config.network
  const [width] = hidden
  if (spec !== undefined || width === undefined || hidden.some((other) => other !== width))
    return { ...config, widths: [] }
  const widths = [8, 4, 2, 1].map((part) => width / part).filter((one) => Number.isInteger(one) && one >= 8)
  return { ...config, widths: widths.length > 1 ? widths : [] }
}

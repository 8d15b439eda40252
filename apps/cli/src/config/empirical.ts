import { z } from 'zod'
import {
  type ArchitectureConfig,
  type ArchitectureFlag,
  architectureFlags,
  architectureSection,
} from './architecture.js'
import type { FlagEntry } from './flags.js'
import {
  type DataConfig,
  dataSection,
  dtypeField,
  type NetworkConfig,
  networkSection,
  seedField,
} from './sections.js'
import { type DataFlag, dataFlags, type NetworkFlag, networkFlags } from './shared-flags.js'

/** Everything that decides what `ntk empirical` computes, after file, flags and defaults are merged. */
export interface EmpiricalConfig {
  data: DataConfig
  inputs?: string | undefined
  inputs2?: string | undefined
  network: NetworkConfig
  architecture: ArchitectureConfig
  outputs?: number | undefined
  get: 'ntk' | 'nngp'
  implementation: 'auto' | 'structured-derivatives' | 'jacobian-contraction' | 'ntk-vector-products'
  full: boolean
  layers: boolean
  seed: number
  dtype: 'float64' | 'float32'
  out: string
}

export const empiricalSchema: z.ZodType<EmpiricalConfig> = z
  .strictObject({
    data: dataSection,
    inputs: z
      .string()
      .min(1)
      .optional()
      .describe('npy file of inputs, one row (or image) a sample, instead of a data set.'),
    inputs2: z
      .string()
      .min(1)
      .optional()
      .describe('npy file of the second inputs; without it the matrix is of inputs with themselves.'),
    network: networkSection,
    architecture: architectureSection,
    outputs: z
      .int()
      .min(1)
      .optional()
      .describe(
        'Outputs of the network, where no spec says so; one a class, and 1 with inputs, when absent.',
      ),
    get: z
      .enum(['ntk', 'nngp'])
      .default('ntk')
      .describe('Neural tangent kernel, or products of the outputs.'),
    implementation: z
      .enum(['auto', 'structured-derivatives', 'jacobian-contraction', 'ntk-vector-products'])
      .default('auto')
      .describe('How the ntk is computed; auto takes the one with the fewest operations.'),
    full: z
      .boolean()
      .default(false)
      .describe('All pairs of outputs, [n, n, k, k], and not the mean over outputs, [n, n].'),
    layers: z.boolean().default(false).describe('Also what each layer contributes to the ntk.'),
    seed: seedField,
    dtype: dtypeField.describe('Precision of the network and its kernel.'),
    out: z.string().min(1).default('empirical.npy').describe('The npy file that is written.'),
  })
  .refine((it) => it.inputs2 === undefined || it.inputs !== undefined, {
    error: 'has inputs2 without inputs; give both, or inputs alone',
  })
  .refine((it) => !it.layers || it.get === 'ntk', {
    error: 'has layers with get: nngp; only the ntk is a sum over layers',
  })
  .refine((it) => it.outputs === undefined || it.network.spec === undefined, {
    error: 'has outputs beside a spec, which says its outputs itself',
  })
  .describe('What `ntk empirical` computes.')

/** The flags that set a key of the config. */
export type EmpiricalFlag =
  | NetworkFlag
  | ArchitectureFlag
  | Exclude<DataFlag, 'test'>
  | 'inputs'
  | 'inputs2'
  | 'outputs'
  | 'get'
  | 'implementation'
  | 'out'

const { test: _test, ...data } = dataFlags

/** Which flag of `ntk empirical` sets which key of the config, and how its text is read. */
export const empiricalFlags: Readonly<Record<EmpiricalFlag, FlagEntry>> = {
  ...data,
  train: { ...data.train, brief: 'Samples of the data set (128)' },
  seed: { ...data.seed, brief: 'Seed of the data and of the parameters (0)' },
  inputs: {
    key: 'inputs',
    read: 'text',
    brief: 'npy file of inputs, instead of a data set',
    placeholder: 'file',
  },
  inputs2: { key: 'inputs2', read: 'text', brief: 'npy file of second inputs', placeholder: 'file' },
  ...networkFlags,
  ...architectureFlags,
  outputs: {
    key: 'outputs',
    read: 'number',
    brief: 'Outputs of the network (one a class; 1 with --inputs)',
    placeholder: 'n',
  },
  get: { key: 'get', read: 'text', brief: 'ntk or nngp (ntk)', placeholder: 'kernel' },
  implementation: {
    key: 'implementation',
    read: 'text',
    brief: 'auto, structured-derivatives, jacobian-contraction or ntk-vector-products (auto)',
    placeholder: 'how',
  },
  out: {
    key: 'out',
    read: 'text',
    brief: 'The npy file that is written (empirical.npy)',
    placeholder: 'file',
  },
}

import { z } from 'zod'
import type { FlagEntry } from './flags.js'
import { type DataConfig, dataSection, type NetworkConfig, networkSection, seedField } from './sections.js'
import { type DataFlag, dataFlags, type NetworkFlag, networkFlags } from './shared-flags.js'

/** Everything that decides what `ntk kernel` computes. */
export interface KernelConfig {
  data: DataConfig
  inputs?: string | undefined
  inputs2?: string | undefined
  network: NetworkConfig
  get: 'ntk' | 'nngp'
  tile?: number | undefined
  seed: number
  out: string
}

export const kernelSchema: z.ZodType<KernelConfig> = z
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
    get: z
      .enum(['ntk', 'nngp'])
      .default('ntk')
      .describe('Neural tangent kernel, or covariance of the outputs.'),
    tile: z.int().min(1).optional().describe('Samples in one tile; chosen for the cache when absent.'),
    seed: seedField,
    out: z.string().min(1).default('kernel.npy').describe('The npy file that is written.'),
  })
  .refine((it) => it.inputs2 === undefined || it.inputs !== undefined, {
    error: 'has inputs2 without inputs; give both, or inputs alone',
  })
  .describe('What `ntk kernel` computes.')

/** The flags that set a key of the config. */
export type KernelFlag =
  | NetworkFlag
  | Exclude<DataFlag, 'dtype' | 'test'>
  | 'inputs'
  | 'inputs2'
  | 'get'
  | 'tile'
  | 'out'

const { dtype: _dtype, test: _test, ...data } = dataFlags

/** Which flag of `ntk kernel` sets which key of the config, and how its text is read. */
export const kernelFlags: Readonly<Record<KernelFlag, FlagEntry>> = {
  ...data,
  train: { ...data.train, brief: 'Samples of the data set (128)' },
  inputs: {
    key: 'inputs',
    read: 'text',
    brief: 'npy file of inputs, instead of a data set',
    placeholder: 'file',
  },
  inputs2: { key: 'inputs2', read: 'text', brief: 'npy file of second inputs', placeholder: 'file' },
  ...networkFlags,
  get: { key: 'get', read: 'text', brief: 'ntk or nngp (ntk)', placeholder: 'kernel' },
  tile: { key: 'tile', read: 'number', brief: 'Samples in one tile', placeholder: 'n' },
  out: { key: 'out', read: 'text', brief: 'The npy file that is written (kernel.npy)', placeholder: 'file' },
}

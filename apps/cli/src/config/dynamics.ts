import { z } from 'zod'
import {
  dataSection,
  dtypeField,
  networkSection,
  seedField,
  trainingSection,
  type DataConfig,
  type NetworkConfig,
  type TrainingConfig,
} from './sections.js'
import type { FlagTable } from './flags.js'

/** Everything that decides what `ntk dynamics` computes, after file, flags and defaults are merged. */
export interface DynamicsConfig {
  data: DataConfig
  network: NetworkConfig
  training: TrainingConfig
  widths: number[]
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
      .default([])
      .describe('Trains one more network of each width and fits how the distance to its prediction falls.'),
    seed: seedField,
    dtype: dtypeField,
    out: z.string().min(1).default('runs').describe('Folder in which the folder of the run is made.'),
  })
  .describe('What `ntk dynamics` trains and predicts.')

/** Which flag of `ntk dynamics` sets which key of the config, and how its text is read. */
export const dynamicsFlags: FlagTable = {
  data: {
    key: 'data.name',
    read: 'text',
    brief: 'Data set: glyphs (generated) or mnist',
    placeholder: 'name',
  },
  dataDir: {
    key: 'data.directory',
    read: 'text',
    brief: 'Folder of the IDX files of mnist',
    placeholder: 'dir',
  },
  train: { key: 'data.train', read: 'number', brief: 'Training samples (128)', placeholder: 'n' },
  test: { key: 'data.test', read: 'number', brief: 'Test samples (128)', placeholder: 'n' },
  classes: {
    key: 'data.classes',
    read: 'numbers',
    brief: 'Classes to keep, such as 0,1 (all)',
    placeholder: 'list',
  },
  normalize: {
    key: 'data.normalize',
    read: 'text',
    brief: 'sample, pixel or none (sample)',
    placeholder: 'how',
  },
  hidden: {
    key: 'network.hidden',
    read: 'numbers',
    brief: 'Widths of the hidden layers (512,512,512)',
    placeholder: 'list',
  },
  activation: {
    key: 'network.activation',
    read: 'text',
    brief: 'Activation after each (Relu)',
    placeholder: 'name',
  },
  wStd: {
    key: 'network.wStd',
    read: 'number',
    brief: 'Standard deviation of weights (1.4142)',
    placeholder: 'x',
  },
  bStd: {
    key: 'network.bStd',
    read: 'number',
    brief: 'Standard deviation of biases, or none (0.1)',
    placeholder: 'x',
  },
  parameterization: {
    key: 'network.parameterization',
    read: 'text',
    brief: 'ntk or standard (ntk)',
    placeholder: 'name',
  },
  learningRate: {
    key: 'training.learningRate',
    read: 'number',
    brief: 'Number, or auto: half of the largest stable one (auto)',
    placeholder: 'x',
  },
  steps: {
    key: 'training.steps',
    read: 'number',
    brief: 'Steps of gradient descent (1000)',
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
  widths: {
    key: 'widths',
    read: 'numbers',
    brief: 'Also train these widths and fit the law, such as 256,512,1024',
    placeholder: 'list',
  },
  seed: { key: 'seed', read: 'number', brief: 'Seed of all randomness (0)', placeholder: 'n' },
  dtype: { key: 'dtype', read: 'text', brief: 'float64 or float32 (float64)', placeholder: 'name' },
  out: { key: 'out', read: 'text', brief: 'Folder for the folder of the run (runs)', placeholder: 'dir' },
}

import type { FlagEntry } from './flags.js'

export type DataFlag = 'data' | 'dataDir' | 'train' | 'test' | 'classes' | 'normalize' | 'seed' | 'dtype'

/** Flags of every command that reads a data set. */
export const dataFlags: Readonly<Record<DataFlag, FlagEntry>> = {
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
  seed: { key: 'seed', read: 'number', brief: 'Seed of all randomness (0)', placeholder: 'n' },
  dtype: { key: 'dtype', read: 'text', brief: 'float64 or float32 (float64)', placeholder: 'name' },
}

export type NetworkFlag = 'hidden' | 'activation' | 'wStd' | 'bStd' | 'parameterization'

/** Flags of every command that builds a network. */
export const networkFlags: Readonly<Record<NetworkFlag, FlagEntry>> = {
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
}

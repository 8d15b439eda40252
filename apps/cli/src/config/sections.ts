import type { Spec } from '@ntk/stax'
import { z } from 'zod'

// Zod checks the outer form for the JSON Schema; `fromSpec` checks names, options and children, with their places.
const spec = z
  .tuple([z.string().min(1)], z.json())
  .describe(
    'A network: ["Name", { options }, child, ...]; for example ["serial", ["Dense", {"out": 512}], ["Relu"]].',
  ) as unknown as z.ZodType<Spec>

const count = (of: string): z.ZodNumber => z.int().min(1).describe(of)

/** The data of a run: which set, how many samples, which classes, how they are scaled. */
export interface DataConfig {
  name: 'glyphs' | 'mnist'
  directory?: string | undefined
  train: number
  test: number
  classes?: number[] | undefined
  normalize: 'sample' | 'pixel' | 'none'
}

const names = z.enum(['glyphs', 'mnist'])
const directory = z
  .string()
  .min(1)
  .optional()
  .describe(
    'Folder of the IDX files of mnist; without it, the cache that `ntk data import` and the download fill.',
  )
const classes = z
  .array(z.int().min(0).max(9))
  .min(2)
  .refine((list) => new Set(list).size === list.length, { error: 'must not name a class twice' })
  .optional()
  .describe('The classes to keep, relabelled in this order; all ten when absent.')
const normalize = z
  .enum(['sample', 'pixel', 'none'])
  .default('sample')
  .describe(
    'sample: every image to mean 0 and variance 1; pixel: every pixel over the training set; none: 0 to 1.',
  )

export const dataSection: z.ZodType<DataConfig> = z
  .strictObject({
    name: names.default('glyphs').describe('glyphs is generated and needs no download.'),
    directory,
    train: count('Training samples.').default(128),
    test: count('Test samples.').default(128),
    classes,
    normalize,
  })
  .prefault({})

/** The network of a run: a spec, or a fully connected network in short. */
export interface NetworkConfig {
  spec?: Spec | undefined
  hidden?: number[] | undefined
  activation?: string | undefined
  wStd?: number | undefined
  bStd?: number | null | undefined
  parameterization?: 'ntk' | 'standard' | undefined
}

export const networkSection: z.ZodType<NetworkConfig> = z
  .strictObject({
    spec: spec.optional(),
    hidden: z.array(count('Units of one hidden layer.')).optional().describe('Widths of the hidden layers.'),
    activation: z.string().min(1).optional().describe('After every hidden layer; for example Relu or Erf.'),
    wStd: z.number().positive().optional().describe('Standard deviation of the weights.'),
    bStd: z
      .number()
      .min(0)
      .nullable()
      .optional()
      .describe('Standard deviation of the biases; null for no bias.'),
    parameterization: z.enum(['ntk', 'standard']).optional(),
  })
  .refine((it) => it.spec === undefined || Object.values(it).filter((v) => v !== undefined).length === 1, {
    error: 'has a spec and also other settings; a spec says everything, so give one or the other',
  })
  .prefault({})

/** What a network has where the config is silent: the width, depth and variances of the built-in job. */
export const networkDefaults: {
  hidden: readonly number[]
  activation: string
  wStd: number
  bStd: number
  parameterization: 'ntk'
} = { hidden: [512, 512, 512], activation: 'Relu', wStd: 1.4142, bStd: 0.1, parameterization: 'ntk' }

/** How long and how fast to train. */
export interface TrainingConfig {
  learningRate: number | 'auto'
  steps: number
  batch: number | 'full'
  momentum: number
  evaluations: number
  limit: boolean
  diagReg: number
}

export const trainingSection: z.ZodType<TrainingConfig> = z
  .strictObject({
    learningRate: z
      .union([z.number().positive(), z.literal('auto')], { error: 'must be a positive number or auto' })
      .default('auto')
      .describe('Step of gradient descent on 1/2 mean (f - y)^2; auto is half of the largest stable one.'),
    steps: count('Steps of gradient descent.').default(150),
    batch: z
      .union([z.int().min(1), z.literal('full')], { error: 'must be a whole number of at least 1, or full' })
      .default('full')
      .describe('Samples in a step; the closed form is exact for full batches.'),
    momentum: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('Heavy-ball momentum; 0 is plain gradient descent.'),
    limit: z.boolean().default(false).describe('Also predict training to the end, t = Infinity.'),
    diagReg: z
      .number()
      .min(0)
      .default(0)
      .describe('Added to the kernels of the limit, relative to the mean of their diagonals.'),
    evaluations: z.int().min(2).default(80).describe('Points of the curves, evenly spread over log(step).'),
  })
  .prefault({})

export const seedField: z.ZodType<number> = z
  .int()
  .min(0)
  .default(0)
  .describe('All randomness of the run comes from this number.')

export const dtypeField: z.ZodType<'float64' | 'float32'> = z
  .enum(['float64', 'float32'])
  .default('float64')
  .describe('Precision of the networks; kernels and predictions are always float64.')

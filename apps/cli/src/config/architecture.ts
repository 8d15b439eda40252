import { z } from 'zod'
import type { FlagEntry } from './flags.js'

const names = [
  'fully-connected',
  'lenet',
  'alexnet',
  'wide-resnet',
  'myrtle-5',
  'myrtle-7',
  'myrtle-10',
  'cnn-f',
  'cnn-p',
] as const

export type ArchitectureName = (typeof names)[number]

/** What a ready network may be asked for beside its name. */
export type ArchitectureSize = 'factor' | 'channels' | 'depth' | 'normalization'

/** A ready network by name. */
export interface ArchitectureConfig {
  name?: ArchitectureName | undefined
  factor?: number | undefined
  channels?: number | undefined
  depth?: number | undefined
  normalization?: 'batch' | 'layer' | 'none' | undefined
}

export const architectureSection: z.ZodType<ArchitectureConfig> = z
  .strictObject({
    name: z.enum(names).optional().describe('A ready network; without it the one of `network`.'),
    factor: z.number().positive().optional().describe('Multiplies every width of lenet and alexnet.'),
    channels: z.int().min(1).optional().describe('Channels of wide-resnet, myrtle-*, cnn-f and cnn-p.'),
    depth: z
      .int()
      .min(1)
      .optional()
      .describe('Convolutions of cnn-f and cnn-p; layers of wide-resnet: 10, 16, 22, ...'),
    normalization: z
      .enum(['batch', 'layer', 'none'])
      .optional()
      .describe('What stands before each activation of wide-resnet.'),
  })
  .prefault({})

export type ArchitectureFlag = 'architecture' | ArchitectureSize

export const architectureFlags: Readonly<Record<ArchitectureFlag, FlagEntry>> = {
  architecture: {
    key: 'architecture.name',
    read: 'text',
    brief: `Ready network: ${names.join(', ')}`,
    placeholder: 'name',
  },
  factor: {
    key: 'architecture.factor',
    read: 'number',
    brief: 'Multiplies the widths of lenet and alexnet (1)',
    placeholder: 'x',
  },
  channels: {
    key: 'architecture.channels',
    read: 'number',
    brief: 'Channels of wide-resnet, myrtle-* and cnn-* (32)',
    placeholder: 'n',
  },
  depth: {
    key: 'architecture.depth',
    read: 'number',
    brief: 'Convolutions of cnn-* (4), layers of wide-resnet (10)',
    placeholder: 'n',
  },
  normalization: {
    key: 'architecture.normalization',
    read: 'text',
    brief: 'batch, layer or none, for wide-resnet (batch)',
    placeholder: 'how',
  },
}

import { type GeneratedName, generatedNames } from '@ntk/datasets'
import type { Spec } from '@ntk/stax'
import { NtkError } from '@ntk/tensor'
import { describeNetwork, takesVectors } from '../networks/spec.js'
import { listOf, oneOf, text, whole } from '../settings/kind.js'
import { group, optionalSetting, type Rule, type Settings, setting } from '../settings/setting.js'
import { type ImagesConfig, imageParts, isDataName } from './data.js'

/** A table in place of images. */
export interface TableConfig {
  file?: string | undefined
  target?: string | undefined
  task?: 'classes' | 'numbers' | undefined
  drop?: string[] | undefined
  impute: 'refuse' | 'mean' | 'median'
}

/** Samples with what is to be learnt of them: images, or rows of a table. */
export interface SamplesConfig {
  data: Omit<ImagesConfig, 'train' | 'test'> & { train?: number | undefined; test?: number | undefined }
  table: TableConfig
}

/**
 * Settings of what reads images or a table.
 *
 * @param count images of each part that are taken where the config is silent
 */
export function samplesSettings(count: number): {
  readonly [K in keyof SamplesConfig]: Settings<SamplesConfig[K]>
} {
  return {
    data: group<SamplesConfig['data']>({
      ...imageParts(),
      train: optionalSetting(whole(), {
        help: 'Samples to train on',
        absent: `${count} images, four fifths of a table`,
      }),
      test: optionalSetting(whole(), {
        help: 'Samples to test',
        absent: `${count} images, the rest of a table`,
      }),
    }),
    table: group<TableConfig>({
      file: optionalSetting(text('file'), {
        help: 'A table (CSV and the like) in place of images, or the name of a generated one: smooth, noisy, classes, ...',
        flag: 'table',
      }),
      target: optionalSetting(text('column'), { help: 'Column of the table that is to be predicted' }),
      task: optionalSetting(oneOf(['classes', 'numbers'], 'what'), {
        help: 'What the target is',
        absent: 'classes where it is words',
      }),
      drop: optionalSetting(listOf(text('column')), { help: 'Columns of the table that are no inputs' }),
      impute: setting(oneOf(['refuse', 'mean', 'median'], 'how'), {
        help: 'What stands for missing inputs: the mean or the median of the training rows, or refuse',
        default: 'refuse',
      }),
    }),
  }
}

/** What must hold between them. */
export const samplesRules: readonly Rule<SamplesConfig>[] = [
  {
    holds: ({ table, data }) =>
      table.file === undefined ||
      [data.directory, data.classes, data.resize, data.crop].every((one) => one === undefined),
    error: 'has a table and also settings of images (dataDir, classes, resize, crop); give one or the other',
  },
  {
    holds: ({ data }) => isDataName(data.name) || data.directory === undefined,
    error: 'has a folder of images (--data) and also dataDir (--data-dir); give one of them',
  },
]

export const generatedName = (file: string | undefined): GeneratedName | undefined =>
  generatedNames.find((name) => name === file)

/**
 * Refuses a table for a network that takes images, and targets that nobody named.
 *
 * @throws NtkError `config` naming the setting
 */
export function requireTableFits({ file, target }: TableConfig, spec: Spec): void {
  if (file === undefined) {
    if (target === undefined) return
    throw new NtkError('config', { what: 'table.target (--target) has no place without a table (--table).' })
  }
  if (!takesVectors(spec)) {
    throw new NtkError('config', {
      what: 'A table has rows of numbers, which a network takes that begins with Dense.',
      got: describeNetwork(spec),
      fix: 'Take another network, or images.',
    })
  }
  if (target === undefined && generatedName(file) === undefined) {
    throw new NtkError('config', {
      what: 'table.target (--target) must name the column that is to be predicted.',
      fix: 'Write --target and the name of a column of the table.',
    })
  }
}

import { seedSetting } from '../../config/common.js'
import { type DataConfig, dataParts } from '../../config/data.js'
import { type NetworkConfig, networkSettings } from '../../config/network.js'
import type { ExperimentHead } from '../../experiment/experiment.js'
import { listOf, oneOf, real, text, whole } from '../../settings/kind.js'
import { group, optionalSetting, setting } from '../../settings/setting.js'

/** A table in place of images. */
export interface TableConfig {
  file?: string | undefined
  target?: string | undefined
  task?: 'classes' | 'numbers' | undefined
  drop?: string[] | undefined
  impute: 'refuse' | 'mean' | 'median'
}

/** Everything that decides what `ntk regress` computes. */
export interface RegressConfig {
  data: Omit<DataConfig, 'train' | 'test'> & { train?: number | undefined; test?: number | undefined }
  table: TableConfig
  network: NetworkConfig
  get: 'nngp' | 'ntk'
  diagReg: number
  choose?: 'marginal-likelihood' | 'leave-one-out' | undefined
  chooseSamples: number
  draws: number
  save?: string | undefined
  seed: number
  out: string
}

export const regressHead: ExperimentHead<RegressConfig> = {
  name: 'regress',
  summary: 'Fit a table or images with the kernel of an infinitely wide network, and test it',
  settings: group<RegressConfig>(
    {
      data: group<RegressConfig['data']>({
        ...dataParts(),
        train: optionalSetting(whole(), {
          help: 'Samples to fit',
          absent: '512 images, four fifths of a table',
        }),
        test: optionalSetting(whole(), {
          help: 'Samples to test',
          absent: '512 images, the rest of a table',
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
          help: 'What stands for missing inputs: the mean or the median of the rows that are fitted, or refuse',
          default: 'refuse',
        }),
      }),
      network: networkSettings(),
      get: setting(oneOf(['nngp', 'ntk'], 'kernel'), {
        help: 'Covariance of the outputs (nngp), or neural tangent kernel (ntk)',
        default: 'nngp',
      }),
      diagReg: setting(real({ min: 0 }), {
        help: 'Variance of the noise, relative to the mean diagonal of the kernel',
        default: 0.01,
      }),
      choose: optionalSetting(oneOf(['marginal-likelihood', 'leave-one-out'], 'how'), {
        help: 'Choose standard deviations and noise by a likelihood of the samples that are fitted',
        absent: 'as given',
      }),
      chooseSamples: setting(whole(), {
        help: 'Fitted samples, evenly spread, whose likelihood --choose looks at; time grows by about their square',
        default: 200,
      }),
      draws: setting(whole(), { help: 'Random subsets at each size of the learning curve', default: 4 }),
      save: optionalSetting(text('dir'), { help: 'A folder for the model, which --model takes' }),
      seed: seedSetting(),
      out: setting(text('dir'), { help: 'Folder in which the folder of the run is made', default: 'runs' }),
    },
    [
      {
        holds: ({ table, data }) =>
          table.file === undefined || (data.directory === undefined && data.classes === undefined),
        error: 'has a table and also settings of images (dataDir, classes); give one or the other',
      },
    ],
  ),
}

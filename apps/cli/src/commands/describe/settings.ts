import { type KernelConfig, kernelParts, kernelRules } from '../../config/kernel.js'
import { listOf, whole } from '../../settings/kind.js'
import { group, optionalSetting, type Settings } from '../../settings/setting.js'

/** A config of `ntk kernel`, and a shape in place of its samples. */
export interface DescribeConfig extends KernelConfig {
  shape?: number[] | undefined
}

export const describeSettings: Settings<DescribeConfig> = group<DescribeConfig>(
  {
    ...kernelParts,
    shape: optionalSetting(listOf(whole(), { min: 1 }), {
      help: 'Shape of one sample, features last, such as 32,32,3; --train says how many there are',
      absent: 'that of the data set, or of --inputs',
    }),
  },
  [
    ...kernelRules,
    {
      holds: ({ shape, inputs }) => shape === undefined || inputs === undefined,
      error: 'has a shape beside inputs, which have their own',
    },
  ],
)

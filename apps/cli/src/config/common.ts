import { text, whole } from '../settings/kind.js'
import { optionalSetting, type Settings, setting } from '../settings/setting.js'

export function seedSetting(help: string = 'Seed of all randomness'): Settings<number> {
  return setting(whole({ min: 0 }), { help, default: 0 })
}

/** Arrays from files in place of a data set. */
export function inputSettings(): {
  readonly inputs: Settings<string | undefined>
  readonly inputs2: Settings<string | undefined>
} {
  return {
    inputs: optionalSetting(text('file'), {
      help: 'npy file of inputs, one row (or image) a sample, instead of a data set',
    }),
    inputs2: optionalSetting(text('file'), {
      help: 'npy file of second inputs; without it the matrix is of inputs with themselves',
    }),
  }
}

/** What must hold between `inputs` and `inputs2`. */
export const firstInputsFirst: {
  readonly holds: (config: { inputs?: string | undefined; inputs2?: string | undefined }) => boolean
  readonly error: string
} = {
  holds: ({ inputs, inputs2 }) => inputs2 === undefined || inputs !== undefined,
  error: 'has inputs2 without inputs; give both, or inputs alone',
}

import type { Spec } from '@ntk/stax'
import { z } from 'zod'
import { readSpecFile } from '../settings/file.js'
import { type Kind, listOf, oneOf, orNone, real, text, whole } from '../settings/kind.js'
import { group, optionalSetting, type Settings } from '../settings/setting.js'

/** The network of a run: a spec, or a fully connected network in short. */
export interface NetworkConfig {
  spec?: Spec | undefined
  hidden?: number[] | undefined
  activation?: string | undefined
  wStd?: number | undefined
  bStd?: number | null | undefined
  parameterization?: 'ntk' | 'standard' | undefined
  initialization?: 'normal' | 'uniform' | undefined
}

/** What a network has where the config is silent. */
export const networkDefaults: {
  readonly hidden: readonly number[]
  readonly activation: string
  readonly wStd: number
  readonly bStd: number
  readonly parameterization: 'ntk'
} = { hidden: [512, 512, 512], activation: 'Relu', wStd: 1.4142, bStd: 0.1, parameterization: 'ntk' }

// Zod checks the outer form, for the JSON Schema; `fromSpec` checks names, options and children, with their places.
const specKind: Kind<Spec> = {
  schema: z.tuple([z.string().min(1)], z.json()) as unknown as z.ZodType<Spec>,
  read: (file, { cwd }) => readSpecFile(cwd, file),
  placeholder: 'file',
  isSwitch: false,
}

const shortForm = ['hidden', 'activation', 'wStd', 'bStd', 'parameterization', 'initialization'] as const

/**
 * Settings of everything that builds a network. A default belongs to the short form, so none stands beside a spec.
 *
 * @param hidden widths that the command takes where the config is silent
 */
export function networkSettings(hidden: readonly number[] = networkDefaults.hidden): Settings<NetworkConfig> {
  const { activation, wStd, bStd, parameterization } = networkDefaults
  return group<NetworkConfig>(
    {
      spec: optionalSetting(specKind, {
        help: 'A network ["Name", { options }, child, ...], such as ["serial", ["Dense", {"out": 512}], ["Relu"]]; as a flag, a YAML, TOML or JSON file with one',
        flag: 'network',
        replaces: shortForm,
      }),
      hidden: optionalSetting(listOf(whole()), {
        help: 'Widths of the hidden layers',
        absent: hidden.join(','),
        replaces: ['spec'],
      }),
      activation: optionalSetting(text('name'), { help: 'Activation after each', absent: activation }),
      wStd: optionalSetting(real({ above: 0 }), {
        help: 'Standard deviation of the weights',
        absent: String(wStd),
      }),
      bStd: optionalSetting(orNone(real({ min: 0 })), {
        help: 'Standard deviation of the biases, or none',
        absent: String(bStd),
      }),
      parameterization: optionalSetting(oneOf(['ntk', 'standard']), {
        help: 'ntk or standard',
        absent: parameterization,
      }),
      initialization: optionalSetting(oneOf(['normal', 'uniform']), {
        help: 'Distribution of the weights and biases of finite networks, normal or uniform; infinite ones are the same for both',
        absent: 'normal',
      }),
    },
    [
      {
        holds: (network) =>
          network.spec === undefined || shortForm.every((key) => network[key] === undefined),
        error: 'has a spec and also other settings; a spec says everything, so give one or the other',
      },
    ],
  )
}

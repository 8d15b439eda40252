import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { partsOf, type TensorflowDevice } from './packages.js'

/** An installed package of tfjs that calls TensorFlow's library. */
export interface Installed {
  readonly name: string
  readonly version: string
  readonly folder: string
  /** Where it looks for its compiled part, which need not be there. */
  readonly binding: string
}

interface NodePreGyp {
  readonly find: (manifest: string) => string
}

/**
 * The package of a device, as this one resolves it. Throws NtkError 'unsupported' where it is not installed.
 *
 * @param from a file whose folders are searched
 */
export function findInstalled(device: TensorflowDevice, from: string = import.meta.url): Installed {
  const { name, install, build } = partsOf[device]
  let manifest: string
  try {
    manifest = createRequire(from).resolve(`${name}/package.json`)
  } catch (cause) {
    throw new NtkError('unsupported', {
      what: `The ${device} device needs the package ${name}, which is not installed.`,
      fix: `Install it beside this one (${install}), then build its binding (${build}).`,
      cause,
    })
  }
  const own = createRequire(manifest)
  try {
    const { version } = own(manifest) as { readonly version: string }
    // the package asks the same function when it loads
    const { find } = own('@mapbox/node-pre-gyp') as NodePreGyp
    return { name, version, folder: dirname(manifest), binding: find(manifest) }
  } catch (cause) {
    throw new NtkError('unsupported', {
      what: `The package ${name} at ${dirname(manifest)} is not whole.`,
      got: cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause),
      fix: `Install it again (${install}).`,
      cause,
    })
  }
}

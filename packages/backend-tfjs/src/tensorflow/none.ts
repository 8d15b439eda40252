import { NtkError } from '@ntk/tensor'
import { partsOf, type TensorflowDevice } from './packages.js'

/** Where there are no native libraries (browsers, bundles): never one. Throws NtkError 'unsupported'. */
export function openBinding(device: TensorflowDevice): never {
  throw new NtkError('unsupported', {
    what: `The ${device} device needs Node, where ${partsOf[device].name} loads TensorFlow's library.`,
    fix: "Take another device; 'wasm' runs everywhere.",
  })
}

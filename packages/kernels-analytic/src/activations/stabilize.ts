import { boolean } from '@ntk/tensor/options'
import { type Defaulted, defaulted } from './activation.js'

/**
 * An option of the archived library, which then rescaled variances before it took a root. Kernels here are right at every scale, with it
 * and without.
 */
export const doStabilize: Defaulted<boolean> = defaulted(boolean(), false)

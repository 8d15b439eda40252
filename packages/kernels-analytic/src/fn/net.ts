import type { DualStep } from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import type { Requirements } from '../requirements.js'

/** A step that a fully connected kernel may be made of. `flatten` changes nothing on vectors. */
export type KernelStep = DualStep | { readonly kind: 'flatten' }

/** What `kernelFn` needs of a network; layers of @ntk/stax are such. */
export interface KernelNet {
  kernel(kernel: Kernel): Kernel
  readonly requirements: Requirements
  /** Where the kernel is a run of steps on vectors, those steps: whole tiles then go through in one piece. Null or absent: it is not. */
  readonly steps?: readonly KernelStep[] | null | undefined
}

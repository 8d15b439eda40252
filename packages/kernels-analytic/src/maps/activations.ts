import type { AbReluParams, ErfParams } from '@ntk/tensor'
import { dualAbRelu } from '../dual/ab-relu.js'
import { dualErf } from '../dual/erf.js'
import { dualStackVariance } from '../dual/stack.js'
import type { Kernel } from '../kernel.js'
import { activationKernel } from './activation.js'

/** The kernel of a min(x, 0) + b max(x, 0): Relu is (0, 1), LeakyRelu (alpha, 1), Abs (-1, 1). */
export function abReluKernel(kernel: Kernel, params: AbReluParams, name = 'ABRelu'): Kernel {
  return activationKernel(kernel, {
    name,
    dual: (q, q11, q22, ntk) => dualAbRelu(params, q, q11, q22, ntk),
    variance: (q) => dualStackVariance([{ kind: 'abRelu', ...params }], q),
  })
}

/** The kernel of a erf(b x) + c. */
export function erfKernel(kernel: Kernel, params: ErfParams, name = 'Erf'): Kernel {
  return activationKernel(kernel, {
    name,
    dual: (q, q11, q22, ntk) => dualErf(params, q, q11, q22, ntk),
    variance: (q) => dualStackVariance([{ kind: 'erf', ...params }], q),
  })
}

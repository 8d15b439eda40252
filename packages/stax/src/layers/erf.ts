import { erfKernel } from '@ntk/kernels-analytic'
import { add, erf, mul } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions, specOptions } from '../spec/options.js'
import { elementwise } from './elementwise.js'

const rules = { a: finite(1), b: finite(1), c: finite(0) } as const

export interface ErfOptions {
  /** Height, 1 unless given. */
  readonly a?: number
  /** Steepness, 1 unless given. */
  readonly b?: number
  /** Shift, 0 unless given. */
  readonly c?: number
}

/** a erf(b x) + c. */
export function Erf(options: ErfOptions = {}): Layer {
  const checked = readLayerOptions('Erf', rules, options)
  const { a, b, c } = checked
  return elementwise({
    spec: specOf('Erf', specOptions(rules, checked)),
    apply: (x) => {
      const y = erf(b === 1 ? x : mul(x, b))
      const scaled = a === 1 ? y : mul(y, a)
      return c === 0 ? scaled : add(scaled, c)
    },
    kernel: (kernel) => erfKernel(kernel, checked),
    steps: [{ kind: 'erf', a, b, c }],
  })
}

export const erfType: LayerType = { name: 'Erf', rules, children: 'none', build: (options) => Erf(options) }

import { bind1, type Value, type WindowParams } from '@ntk/tensor'
import { adjointPadding } from './convolution.js'
import { known, noneLinear, type Operand, type TransposeTable } from './rule.js'

export const windows: TransposeTable<keyof WindowParams> = {
  ...noneLinear(['windowMax']),
  // the adjoint of a sum over windows is one again, of ct spread out by the strides
  windowSum: ([ct], [x], p) => {
    const padding = adjointPadding(
      (x as Operand).shape,
      p.window,
      (ct as Value).shape,
      p.strides,
      p.padding,
      p.baseDilation,
      p.windowDilation,
    )
    return [
      bind1('windowSum', [ct as Value], { ...p, strides: p.baseDilation, baseDilation: p.strides, padding }),
    ]
  },
  windowGatherMax: ([ct], [x], p) => [
    null,
    bind1('windowScatterMax', [known('windowGatherMax', x), ct as Value], p),
  ],
  windowScatterMax: ([ct], [x], p) => [
    null,
    bind1('windowGatherMax', [known('windowScatterMax', x), ct as Value], p),
  ],
}

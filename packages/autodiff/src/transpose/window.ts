import { bind1, type WindowParams } from '@ntk/tensor'
import { adjointPadding } from './convolution.js'
import { known, notLinear, type TransposeTable } from './rule.js'

export const windows: TransposeTable<keyof WindowParams> = {
  windowMax: notLinear('windowMax'),
  // the adjoint of a sum over windows is one again, of ct spread out by the strides
  windowSum: ([ct], [x], p) => {
    const padding = adjointPadding(
      x.shape,
      p.window,
      ct.shape,
      p.strides,
      p.padding,
      p.baseDilation,
      p.windowDilation,
    )
    return [bind1('windowSum', [ct], { ...p, strides: p.baseDilation, baseDilation: p.strides, padding })]
  },
  windowGatherMax: ([ct], [x], p) => [null, bind1('windowScatterMax', [known('windowGatherMax', x), ct], p)],
  windowScatterMax: ([ct], [x], p) => [null, bind1('windowGatherMax', [known('windowScatterMax', x), ct], p)],
}

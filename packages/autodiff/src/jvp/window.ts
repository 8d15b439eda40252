import { bind1, type WindowParams } from '@ntk/tensor'
import type { JvpTable } from './rule.js'

export const windows: JvpTable<keyof WindowParams> = {
  // linear
  windowSum: (_, [t], params) => [bind1('windowSum', [t], params)],
  // the tangent at the first maximum of each window
  windowMax: ([x], [t], params) => [bind1('windowGatherMax', [x, t], params)],
  // linear in the second input; which element is the maximum is piecewise constant in the first
  windowGatherMax: ([x], [, t], params) => [t ? bind1('windowGatherMax', [x, t], params) : null],
  windowScatterMax: ([x], [, t], params) => [t ? bind1('windowScatterMax', [x, t], params) : null],
}

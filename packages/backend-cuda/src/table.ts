import type { Primitive } from '@ntk/tensor'
import { convGeneralDilated } from './rules/convolution.js'
import { elementwise } from './rules/elementwise.js'
import { linalg } from './rules/linalg.js'
import { dotGeneral } from './rules/products.js'
import { reductions } from './rules/reduce.js'
import type { CudaTable } from './rules/rule.js'
import { shaping } from './rules/shaping.js'
import { windows } from './rules/windows.js'

export const cudaRules: CudaTable<Primitive> = {
  ...elementwise,
  ...reductions,
  ...shaping,
  ...windows,
  ...linalg,
  dotGeneral,
  convGeneralDilated,
}

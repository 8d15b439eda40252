import type { Primitive } from '../primitives.js'
import { referenceRules } from '../reference/index.js'
import { convGeneralDilated } from './contract/conv.js'
import { dotGeneral } from './contract/dot.js'
import { elementwise } from './elementwise/index.js'
import { linalg } from './linalg/index.js'
import { reductions } from './reduce/index.js'
import type { CpuTable } from './rule.js'
import { shaping } from './shaping/index.js'
import { windows } from './window/index.js'

export const cpuRules: CpuTable<Primitive> = {
  ...referenceRules,
  ...elementwise,
  ...reductions,
  ...shaping,
  ...windows,
  ...linalg,
  convGeneralDilated,
  dotGeneral,
}

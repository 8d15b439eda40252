import type { Primitive } from '@ntk/tensor'
import { contraction } from './contract.js'
import { elementwise, erfFromFits } from './elementwise.js'
import { linalg } from './linalg.js'
import { reductions } from './reduce.js'
import type { TfTable } from './rule.js'
import { shaping } from './shaping.js'
import { tensorflowRules } from './tensorflow-rules.js'
import { webGpuRules } from './webgpu-rules.js'
import { windows } from './windows.js'

const rules: TfTable<Primitive> = {
  ...elementwise,
  ...reductions,
  ...shaping,
  ...contraction,
  ...windows,
  ...linalg,
}

/** Rules for a device whose erf is good to 1e-7 of 1, not of the result. */
const ownErf: TfTable<Primitive> = { ...rules, erf: erfFromFits }

const onWebGpu: TfTable<Primitive> = { ...ownErf, ...webGpuRules(rules) }

const onTensorflow: TfTable<Primitive> = { ...rules, ...tensorflowRules(rules) }

/** The rules of a device, by tfjs's name of it. */
export function rulesOf(name: string): TfTable<Primitive> {
  if (name === 'webgpu') return onWebGpu
  if (name === 'tensorflow') return onTensorflow
  return name === 'cpu' ? ownErf : rules
}

import { NtkError } from '@ntk/tensor'
import { suggestion } from '@ntk/tensor/options'
import { activationRule } from './activation.js'
import { affineRule } from './affine.js'
import { aggregateRule } from './aggregate.js'
import { attentionRule } from './attention.js'
import { axesRule } from './axes.js'
import { convRule } from './conv.js'
import { dotGeneralRule } from './dot-general.js'
import { dropoutRule } from './dropout.js'
import { fanInConcatRule } from './fan-in-concat.js'
import { fanInProdRule } from './fan-in-prod.js'
import { fanInSumRule } from './fan-in-sum.js'
import { fanOutRule } from './fan-out.js'
import { finiteOnlyRule } from './finite-only.js'
import { flattenRule } from './flatten.js'
import { globalPoolRule } from './global-pool.js'
import { imageResizeRule } from './image-resize.js'
import { indexRule } from './index-step.js'
import { layerNormRule } from './layer-norm.js'
import { mapRule } from './map.js'
import { nameRule } from './names.js'
import { parallelRule } from './parallel.js'
import { poolRule } from './pool.js'
import type { StepRule } from './rule.js'
import type { KernelStep, StepKind, StepOf } from './step.js'

/** The meaning of every kind of step. A kind without a rule does not compile. */
export const stepRules: { readonly [K in StepKind]: StepRule<StepOf<K>> } = {
  affine: affineRule,
  conv: convRule,
  pool: poolRule,
  globalPool: globalPoolRule,
  activation: activationRule,
  flatten: flattenRule,
  dropout: dropoutRule,
  fanOut: fanOutRule,
  parallel: parallelRule,
  fanInSum: fanInSumRule,
  layerNorm: layerNormRule,
  attention: attentionRule,
  axes: axesRule,
  fanInProd: fanInProdRule,
  fanInConcat: fanInConcatRule,
  imageResize: imageResizeRule,
  index: indexRule,
  dotGeneral: dotGeneralRule,
  aggregate: aggregateRule,
  finiteOnly: finiteOnlyRule,
  name: nameRule,
  map: mapRule,
}

/** The rule of a step. Throws NtkError 'spec' on a kind that has none. */
export function ruleOf(step: KernelStep): StepRule<KernelStep> {
  const kind: unknown = (step as { readonly kind?: unknown } | null | undefined)?.kind
  if (typeof kind === 'string' && Object.hasOwn(stepRules, kind)) {
    // A rule is only ever asked about steps of its own kind.
    return stepRules[kind as StepKind] as StepRule<KernelStep>
  }
  throw new NtkError('spec', {
    what: 'A kernel is made of steps of known kinds.',
    got: typeof kind === 'string' ? `the kind "${kind}"` : 'something that is no step',
    fix:
      typeof kind === 'string'
        ? suggestion(kind, Object.keys(stepRules))
        : 'Use the `kernel` of a layer of @ntk/stax.',
  })
}

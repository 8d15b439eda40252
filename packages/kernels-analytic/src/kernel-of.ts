import { NtkError, type Value } from '@ntk/tensor'
import { boolean, optional, type Rule, type RulesFor, readOptions, rule } from '@ntk/tensor/options'
import { inputKernel } from './fn/input-kernel.js'
import { maskConstantRule } from './fn/masked-input.js'
import { patternsOf } from './fn/patterns.js'
import { standardInputs } from './fn/standard-inputs.js'
import type { Kernel } from './kernel.js'
import type { Num } from './numbers.js'
import { evaluatePlainly, layoutBefore } from './steps/chain.js'
import type { HyperparameterTree } from './steps/hyperparameters.js'
import { type AxesLayout, fromStandard } from './steps/layout.js'
import { stepsOf } from './steps/net.js'
import type { Flow } from './steps/rule.js'
import type { KernelNet } from './steps/step.js'

export interface KernelOfOptions {
  /** Numbers or scalar values in place of the network's own, as `hyperparameters(net)` lays them out. */
  readonly hyperparameters?: HyperparameterTree<Num> | undefined
  /** Whether the NTK is wanted, true unless given. */
  readonly ntk?: boolean | undefined
  /**
   * Entries of x1 and x2 that equal this number, which may be NaN, are padding (sequences of unequal lengths, holes): they count as
   * 0, and so do covariances with positions of which all channels are padding, after every layer.
   */
  readonly maskConstant?: number | undefined
  /** Graphs of x1 and x2, for the layer `Aggregate`: see there. Of x1 with itself pattern1 is that of both sides. */
  readonly pattern1?: Value | null | undefined
  readonly pattern2?: Value | null | undefined
}

const aPattern = (): Rule<Value | null> =>
  rule<Value | null>(
    'a tensor or null',
    (v) => v === null || (typeof v === 'object' && 'shape' in v && 'dtype' in v),
    null,
  )

const rules = {
  hyperparameters: optional(
    rule<HyperparameterTree<Num>>('a tree as hyperparameters(net) gives it', Array.isArray),
  ),
  ntk: boolean(true),
  maskConstant: maskConstantRule(),
  pattern1: aPattern(),
  pattern2: aPattern(),
} satisfies RulesFor<KernelOfOptions>

/**
 * The kernel of a network of infinite width, as one pure function in plain ops, in one piece: differentiable in the inputs and
 * in every hyperparameter, for small jobs, and to hold the faster `kernelFn` against.
 *
 * x1 [n1, features] or [n1, spatial..., channels], or with the axes that the network's first layers ask for; x2 likewise, or null for
 * x1 with itself. Values may be tracers. Gives the
 * Kernel record: `nngp` and `ntk` [n1, n2] (with spatial axes where the network ends in space), the diagonal terms, and what is
 * known of them.
 *
 * Throws NtkError 'shape', 'requirement' where a layer gets a kernel that it cannot handle, 'unsupported' at a layer without
 * one, 'tree' on hyperparameters that do not fit.
 */
export function kernelOf(
  net: KernelNet,
  x1: Value,
  x2: Value | null = null,
  options?: KernelOfOptions,
): Kernel {
  const { hyperparameters, ntk, maskConstant, pattern1, pattern2 } = readOptions('kernelOf', rules, options)
  const { steps, x1: y1, x2: y2, output } = standardInputs(stepsOf(net), x1, x2)
  const diagonalSpatial = layoutBefore(steps, 'full') === 'diagonal'
  const input = inputKernel(y1, y2, { diagonalSpatial, ntk, maskConstant })
  const patterns = patternsOf({ pattern1, pattern2 }, x2 === null)
  const kernel = onlyKernel(evaluatePlainly(steps, [{ ...input, patterns }], hyperparameters))
  return output === null ? kernel : inLayout(kernel, output)
}

/** A kernel that says how the finite network's values stand. */
function inLayout(kernel: Kernel, layout: AxesLayout): Kernel {
  return {
    ...kernel,
    shape1: fromStandard(kernel.shape1, layout),
    shape2: fromStandard(kernel.shape2, layout),
    batchAxis: layout.batch,
    channelAxis: layout.channel,
  }
}

/** The kernel of a network's end. Throws NtkError 'requirement' where it gives several values. */
export function onlyKernel(flow: Flow): Kernel {
  const [kernel, ...more] = flow
  if (kernel !== undefined && more.length === 0) return kernel
  throw new NtkError('requirement', {
    what: 'A kernel belongs to a network that gives one value.',
    got: `${flow.length} values`,
    fix: 'Bring the branches together with FanInSum.',
  })
}

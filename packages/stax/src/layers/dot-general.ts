import {
  type DotGeneralParts,
  dotGeneralMask,
  dotGeneralShape,
  dotGeneralValue,
  type KernelStep,
} from '@ntk/kernels-analytic'
import { broadcastTo, type Nested, NtkError, tensor } from '@ntk/tensor'
import { type Rule, requireList, rule } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { maskable } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions, specOptions } from '../spec/options.js'
import { type AxesOptions, axesRules } from './placed.js'

/** [contracted axes of the left side, and of the right], then [those that go together, likewise], as of jax.lax.dot_general. */
export type DimensionNumbers = readonly [
  contract: readonly [lhs: readonly number[], rhs: readonly number[]],
  batch: readonly [lhs: readonly number[], rhs: readonly number[]],
]

/** A number, or nested lists of them, all of one length at a depth. */
export type NestedNumbers = number | readonly NestedNumbers[]

export interface DotGeneralOptions extends AxesOptions {
  /** The left side of the product, a number or nested lists of them; x is then the right one. */
  readonly lhs?: NestedNumbers | null | undefined
  /** The right side of the product; x is then the left one. */
  readonly rhs?: NestedNumbers | null | undefined
  /** [[[], []], [[], []]] unless given: what comes out has all axes of the left side, then all of the right. */
  readonly dimensionNumbers?: DimensionNumbers | undefined
}

const isNested = (v: unknown): boolean =>
  typeof v === 'number' ? Number.isFinite(v) : Array.isArray(v) && v.length > 0 && v.every(isNested)
const isPair = (v: unknown, of: (x: unknown) => boolean): boolean =>
  Array.isArray(v) && v.length === 2 && v.every(of)
const isAxes = (v: unknown): boolean => Array.isArray(v) && v.every(Number.isSafeInteger)

const operandRule = (): Rule<NestedNumbers | null> =>
  rule<NestedNumbers | null>(
    'a finite number, or nested lists of them',
    (v) => v === null || isNested(v),
    null,
  )

const rules = {
  lhs: operandRule(),
  rhs: operandRule(),
  dimensionNumbers: rule<DimensionNumbers>(
    '[[axes, axes], [axes, axes]]: of the left side and the right, first those that are summed over, then those that go together',
    (v) => isPair(v, (both) => isPair(both, isAxes)),
    [
      [[], []],
      [[], []],
    ],
  ),
  ...axesRules,
} as const

/**
 * A fixed linear map: the product of x with `rhs`, or of `lhs` with x, by jax.lax.dot_general's dimension numbers. Positions are
 * summed over or weighed, and new ones come from the operand's free axes; samples and channels stay what they are, and may come to stand on
 * other axes: those of both sides that go together come first, then the left side's, then the right one's.
 *
 * `DotGeneral({ rhs: [0.5, 0.5], dimensionNumbers: [[[1], [0]], [[], []]] })` is the mean over an axis of two positions.
 *
 * Throws NtkError 'option' unless one side is given, 'shape' and 'axis' where it does not fit; its kernel 'requirement' where samples or
 * channels are summed over or weighed.
 */
export function DotGeneral(options: DotGeneralOptions): Layer {
  const checked = readLayerOptions('DotGeneral', rules, options)
  const parts = partsOf(checked)
  const { batchAxis, channelAxis } = checked
  const step: KernelStep = { kind: 'dotGeneral', ...parts }
  const axes = { batchAxis, channelAxis }
  return maskable((mask, x) => dotGeneralMask(broadcastTo(mask, x.shape), parts), {
    spec: specOf('DotGeneral', specOptions(rules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => {
      requireList(inputShape, 'The input shape of DotGeneral')
      return { outputShape: dotGeneralShape(inputShape, parts), params: null }
    },
    apply: (_params, x) => dotGeneralValue(x, parts),
    kernel:
      batchAxis === 0 && channelAxis === -1
        ? [step]
        : [{ kind: 'axes', layer: 'DotGeneral', to: 'standard', axes }, step],
  })
}

interface Complete {
  readonly lhs: NestedNumbers | null
  readonly rhs: NestedNumbers | null
  readonly dimensionNumbers: DimensionNumbers
}

function partsOf({ lhs, rhs, dimensionNumbers }: Complete): DotGeneralParts {
  const given = lhs ?? rhs
  if (given === null || (lhs !== null && rhs !== null)) {
    throw new NtkError('option', {
      what: 'DotGeneral needs one side of the product, lhs or rhs.',
      got: given === null ? 'neither' : 'both',
    })
  }
  const numbers = tensor(given as Nested)
  const [contract, batch] = dimensionNumbers
  const [x, operand] = lhs === null ? ([0, 1] as const) : ([1, 0] as const)
  return {
    operand: { shape: numbers.shape, values: Array.from(numbers.dataSync()) },
    side: lhs === null ? 'rhs' : 'lhs',
    contract: [contract[x], contract[operand]],
    batch: [batch[x], batch[operand]],
  }
}

export const dotGeneralType: LayerType = {
  name: 'DotGeneral',
  rules,
  children: 'none',
  build: (options) => DotGeneral(options as DotGeneralOptions),
}

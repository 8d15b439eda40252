import {
  all,
  argMax,
  cast,
  div,
  equal,
  greater,
  logicalAnd,
  logSoftmax,
  mean,
  mul,
  NtkError,
  neg,
  sameShape,
  showShape,
  square,
  sub,
  sum,
  type Tensor,
  type Value,
} from '@ntk/tensor'
import { boolean, oneOf, type RulesFor, readOptions, requireValue } from '@ntk/tensor/options'
import { areLabels, oneHotOf } from './labels.js'

/** Outputs f and targets y [n, ...] to a scalar. Targets have the shape of the outputs, or are integer labels. */
export type Loss = (f: Tensor, y: Tensor) => Tensor

export interface LossOptions {
  /** 'mean' (the default) or 'sum': what is done over samples (and, for mse, over outputs). */
  readonly loss?: 'mean' | 'sum' | undefined
}

const rules = { loss: oneOf(['mean', 'sum'], 'mean') } satisfies RulesFor<LossOptions>

function check(name: string, f: Value, y: Value, fix?: string): void {
  requireValue(f, `The outputs that ${name} takes`)
  requireValue(y, `The targets that ${name} takes`)
  if (!sameShape(f.shape, y.shape) || f.shape.length === 0) {
    throw new NtkError('shape', {
      what: `${name} needs outputs and targets of one shape [n, ...].`,
      got: `${showShape(f.shape)} and ${showShape(y.shape)}`,
      fix,
    })
  }
}

export interface MseLossOptions extends LossOptions {
  /** Whether it is halved; true unless given. Without the half, gradients and hence learning rates are twice as large. */
  readonly half?: boolean | undefined
}

const mseRules = { ...rules, half: boolean(true) } satisfies RulesFor<MseLossOptions>

/**
 * ½ mean (f − y)² over all samples and outputs; with `loss: 'sum'` the papers' total loss ½ Σ (f − y)², with `half: false` either
 * without the half. Training on the mean with learning rate lr is training on the sum with lr / size(y).
 */
export function mse<V extends Value>(f: V, y: V, options?: MseLossOptions): V {
  const { loss, half } = readOptions('mse', mseRules, options)
  check('mse', f, y)
  const squares = square(sub(f, y))
  const total = loss === 'sum' ? sum(squares) : mean(squares)
  return half ? mul(total, 0.5) : total
}

/** The way out where targets have neither the shape of the outputs nor that of labels. */
const orLabels = 'Labels may be given as int32 of the shape of the outputs without their last axis.'

/**
 * −Σ_c y_c log softmax(f)_c over the last axis, averaged (or summed) over samples. Targets are probabilities or one-hot, [n, ..., classes];
 * or the classes themselves as int32, [n, ...]. A label that is no class throws NtkError 'value'; where it cannot be read
 * at once, on a device or inside of a transformation, the loss is NaN.
 */
export function crossEntropy<V extends Value>(f: V, y: V, options?: LossOptions): V {
  const { loss } = readOptions('crossEntropy', rules, options)
  const target = areLabels(f, y) ? oneHotOf('crossEntropy', f, y) : y
  check('crossEntropy', f, target, orLabels)
  const total = neg(sum(mul(target, logSoftmax(f))))
  const samples = f.shape.slice(0, -1).reduce((a, b) => a * b, 1)
  return loss === 'sum' ? total : div(total, samples)
}

/**
 * The share of samples whose largest output is where the largest target is, or at the class that an int32 label names; of one output ([n] or [n, 1]),
 * whose signs agree. A sample with NaN among its outputs or targets is not right.
 */
export function accuracy<V extends Value>(f: V, y: V): V {
  const target = areLabels(f, y) ? oneHotOf('accuracy', f, y) : y
  check('accuracy', f, target, orLabels)
  const one = f.shape.length === 1 || f.shape.at(-1) === 1
  const agree: Value = one ? equal(greater(f, 0), greater(target, 0)) : equal(argMax(f), argMax(target))
  const numbers = logicalAnd<Value>(equal<Value>(f, f), equal<Value>(target, target))
  const hit = logicalAnd<Value>(agree, one ? numbers : all(numbers, { axis: -1 }))
  return mean(cast(hit as V, f.dtype))
}

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
import { oneOf, type RulesFor, readOptions, requireValue } from '@ntk/tensor/options'

/** Outputs f and targets y of one shape [n, ...] to a scalar. */
export type Loss = (f: Tensor, y: Tensor) => Tensor

export interface LossOptions {
  /** 'mean' (the default) or 'sum': what is done over samples (and, for mse, over outputs). */
  readonly loss?: 'mean' | 'sum' | undefined
}

const rules = { loss: oneOf(['mean', 'sum'], 'mean') } satisfies RulesFor<LossOptions>

function check(name: string, f: Value, y: Value): void {
  requireValue(f, `The outputs that ${name} takes`)
  requireValue(y, `The targets that ${name} takes`)
  if (!sameShape(f.shape, y.shape) || f.shape.length === 0) {
    throw new NtkError('shape', {
      what: `${name} needs outputs and targets of one shape [n, ...].`,
      got: `${showShape(f.shape)} and ${showShape(y.shape)}`,
    })
  }
}

/**
 * ½ mean (f − y)² over all samples and outputs; with `loss: 'sum'` the papers' total loss ½ Σ (f − y)².
 * Training on the mean with learning rate lr is training on the sum with lr / size(y).
 */
export function mse<V extends Value>(f: V, y: V, options?: LossOptions): V {
  const { loss } = readOptions('mse', rules, options)
  check('mse', f, y)
  const squares = square(sub(f, y))
  return mul(loss === 'sum' ? sum(squares) : mean(squares), 0.5)
}

/** −Σ_c y_c log softmax(f)_c over the last axis, averaged (or summed) over samples. Targets are probabilities or one-hot. */
export function crossEntropy<V extends Value>(f: V, y: V, options?: LossOptions): V {
  const { loss } = readOptions('crossEntropy', rules, options)
  check('crossEntropy', f, y)
  const total = neg(sum(mul(y, logSoftmax(f))))
  const samples = f.shape.slice(0, -1).reduce((a, b) => a * b, 1)
  return loss === 'sum' ? total : div(total, samples)
}

/**
 * The share of samples whose largest output is where the largest target is; of one output ([n] or [n, 1]), whose signs agree.
 * A sample with NaN among its outputs or targets is not right.
 */
export function accuracy<V extends Value>(f: V, y: V): V {
  check('accuracy', f, y)
  const one = f.shape.length === 1 || f.shape.at(-1) === 1
  const agree: Value = one ? equal(greater(f, 0), greater(y, 0)) : equal(argMax(f), argMax(y))
  const numbers = logicalAnd<Value>(equal<Value>(f, f), equal<Value>(y, y))
  const hit = logicalAnd<Value>(agree, one ? numbers : all(numbers, { axis: -1 }))
  return mean(cast(hit as V, f.dtype))
}

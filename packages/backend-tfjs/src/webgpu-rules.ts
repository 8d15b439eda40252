import { type DType, NtkError, type Primitive } from '@ntk/tensor'
import { type Plain, unary } from './elementwise.js'
import type { TfTable } from './rule.js'
import { acosOf, cosOf, sinOf, tanhOf, tanOf } from './trigonometry.js'

/** Rules of one input, as they are but for NaN, which programs of WebGPU need not keep. */
function carryingNaN(rule: Plain<1>): Plain<1> {
  return {
    ...rule,
    run: (tf, [x], params, outputs) => {
      const [value] = rule.run(tf, [x], params, outputs)
      const flat = [x.size]
      const own = tf.reshape(x, flat)
      const kept = tf.where(tf.notEqual(own, own), own, tf.reshape(value, flat))
      return [tf.reshape(kept, value.shape)]
    },
  }
}

type Kept = 'log1p' | 'asinh' | 'acosh' | 'atanh' | 'logistic'

/** Programs of WebGPU pass int32 through float32: numbers that it holds stay what they are, sums and products need not. */
const floatOnly = <R extends { readonly dtypes: readonly DType[] }>(rule: R | null): R | null =>
  rule === null ? rule : { ...rule, dtypes: ['float32'] }

/** Throws NtkError 'unsupported' for an int32 that float32 does not hold. */
export function refuseWideIntegers(name: string, data: ArrayLike<number>): void {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number
    if (Math.fround(value) === value) continue
    throw new NtkError('unsupported', {
      what: `The ${name} backend holds int32 that float32 holds too: all up to 2^24.`,
      got: String(value),
      fix: 'Use the CPU backend: `await toBackend(x, cpuBackend())`.',
    })
  }
}

/** What is else on WebGPU. */
export function webGpuRules(rules: TfTable<Primitive>): Partial<TfTable<Primitive>> {
  const keep = (name: Kept): Plain<1> | null => {
    const rule = rules[name]
    return rule === null ? null : carryingNaN(rule)
  }
  return {
    add: floatOnly(rules.add),
    sub: floatOnly(rules.sub),
    mul: floatOnly(rules.mul),
    div: floatOnly(rules.div),
    rem: floatOnly(rules.rem),
    reduceMax: floatOnly(rules.reduceMax),
    reduceMin: floatOnly(rules.reduceMin),
    argMax: floatOnly(rules.argMax),
    argMin: floatOnly(rules.argMin),
    windowMax: floatOnly(rules.windowMax),
    reduceSum: floatOnly(rules.reduceSum),
    reduceProd: floatOnly(rules.reduceProd),
    cumSum: floatOnly(rules.cumSum),
    windowSum: floatOnly(rules.windowSum),
    sin: unary('Round', sinOf),
    cos: unary('Round', cosOf),
    tan: unary('Round', tanOf),
    acos: unary('Asin', acosOf),
    tanh: unary('Expm1', tanhOf),
    log1p: keep('log1p'),
    asinh: keep('asinh'),
    acosh: keep('acosh'),
    atanh: keep('atanh'),
    logistic: keep('logistic'),
  }
}

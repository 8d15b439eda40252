import {
  type BinaryFloat,
  type BinaryNumber,
  broadcastShapes,
  type Compare,
  type DType,
  type ElementwiseParams,
  type Logical,
  sizeOf,
  type UnaryFloat,
  type UnaryNumber,
} from '@ntk/tensor'
import { broadcast, merged } from './broadcast.js'
import { larger, smaller } from './extremum.js'
import { divideIntegers } from './integers.js'
import { type Tf, type TfDType, type TfRule, type TfTable, type TfTensor, toFloat } from './rule.js'
import { erfcOf, erfInvOf, erfOf } from './special.js'

type Unary = UnaryFloat | UnaryNumber
type Binary = BinaryNumber | BinaryFloat | Compare | Logical

const float: readonly DType[] = ['float32']
const numbers: readonly DType[] = ['float32', 'int32']
const all: readonly DType[] = ['float32', 'int32', 'bool']

/** None of these rules needs parameters: one type stands for all. */
export type Plain<N extends 1 | 2> = TfRule<N, ElementwiseParams['add']>

export function unary(
  kernel: string,
  f: (tf: Tf, x: TfTensor) => TfTensor,
  dtypes: readonly DType[] = float,
): Plain<1> {
  return {
    dtypes,
    kernels: [kernel],
    run: (tf, [x]) => [tf.reshape(f(tf, tf.reshape(x, [x.size])), x.shape)],
  }
}

function binary(
  kernels: readonly string[],
  f: (tf: Tf, a: TfTensor, b: TfTensor) => TfTensor,
  dtypes: readonly DType[] = numbers,
): Plain<2> {
  return {
    dtypes,
    kernels,
    run: (tf, inputs, _, [out]) => {
      const [a, b] = merged<2>(tf, inputs, out.shape)
      return [tf.reshape(f(tf, a, b), [...out.shape])]
    },
  }
}

const integerKernels = ['RealDiv', 'Cast', 'Multiply', 'Minimum', 'LessEqual', 'NotEqual', 'Select']

/** Integer division of operands that broadcast. */
function integers(tf: Tf, a: TfTensor, b: TfTensor, part: 'quotient' | 'remainder'): TfTensor {
  const shape = broadcastShapes('div', a.shape, b.shape)
  const flat = (t: TfTensor): TfTensor => tf.reshape(broadcast(tf, t, shape), [sizeOf(shape)])
  return tf.reshape(divideIntegers(tf, flat(a), flat(b))[part], [...shape])
}

const negated = (tf: Tf, x: TfTensor): TfTensor => tf.sub(tf.scalar(0, 'int32'), x)

/** erf without the device's own kernel. */
export const erfFromFits: Plain<1> = unary('Exp', erfOf)

const unaries: Readonly<Record<Unary, Plain<1> | null>> = {
  sqrt: unary('Sqrt', (tf, x) => tf.sqrt(x)),
  rsqrt: unary('Rsqrt', (tf, x) => tf.rsqrt(x)),
  exp: unary('Exp', (tf, x) => tf.exp(x)),
  expm1: unary('Expm1', (tf, x) => tf.expm1(x)),
  log: unary('Log', (tf, x) => tf.log(x)),
  // tfjs forms 1 + x; Kahan's correction gives the lost digits back: log(u) x / (u − 1)
  log1p: unary('Log', (tf, x) => {
    const u = tf.add(x, 1)
    const corrected = tf.mul(tf.log(u), tf.div(x, tf.sub(u, 1)))
    const plain = tf.logicalOr(tf.equal(u, 1), tf.logicalNot(tf.isFinite(u)))
    return tf.where(plain, tf.where(tf.equal(u, 1), x, tf.log(u)), corrected)
  }),
  sin: unary('Sin', (tf, x) => tf.sin(x)),
  cos: unary('Cos', (tf, x) => tf.cos(x)),
  tan: unary('Tan', (tf, x) => tf.tan(x)),
  asin: unary('Asin', (tf, x) => tf.asin(x)),
  acos: unary('Acos', (tf, x) => tf.acos(x)),
  atan: unary('Atan', (tf, x) => tf.atan(x)),
  sinh: unary('Sinh', (tf, x) => tf.sinh(x)),
  cosh: unary('Cosh', (tf, x) => tf.cosh(x)),
  tanh: unary('Tanh', (tf, x) => tf.tanh(x)),
  asinh: unary('Asinh', (tf, x) => tf.asinh(x)),
  acosh: unary('Acosh', (tf, x) => tf.acosh(x)),
  atanh: unary('Atanh', (tf, x) => tf.atanh(x)),
  erf: unary('Erf', (tf, x) => tf.erf(x)),
  // 1 − erf(x) would lose the tail, and tfjs has no inverse of erf
  erfc: unary('Exp', erfcOf),
  erfInv: unary('Exp', erfInvOf),
  logistic: unary('Sigmoid', (tf, x) => tf.sigmoid(x)),
  floor: unary('Floor', (tf, x) => tf.floor(x)),
  ceil: unary('Ceil', (tf, x) => tf.ceil(x)),
  round: unary('Round', (tf, x) => tf.round(x)),
  // int32 must not pass through float32, as it does in these kernels
  neg: unary('Neg', (tf, x) => (x.dtype === 'int32' ? negated(tf, x) : tf.neg(x)), numbers),
  abs: unary('Abs', (tf, x) => (x.dtype === 'int32' ? tf.maximum(x, negated(tf, x)) : tf.abs(x)), numbers),
  // tfjs gives 0 for NaN and for small numbers
  sign: unary('Select', (tf, x) =>
    tf.where(tf.greater(x, 0), tf.onesLike(x), tf.where(tf.less(x, 0), tf.fill(x.shape, -1), x)),
  ),
}

const binaries: Readonly<Record<Binary, Plain<2> | null>> = {
  add: binary(['Add'], (tf, a, b) => tf.add(a, b)),
  sub: binary(['Sub'], (tf, a, b) => tf.sub(a, b)),
  mul: binary(['Multiply'], (tf, a, b) => tf.mul(a, b)),
  div: binary(['RealDiv', ...integerKernels], (tf, a, b) =>
    a.dtype === 'int32' ? integers(tf, a, b, 'quotient') : tf.div(a, b),
  ),
  // the remainder of positive numbers is the same whichever way it is rounded
  rem: binary(['Mod', 'Abs', 'Less', 'Neg', 'Select', ...integerKernels], (tf, a, b) => {
    if (a.dtype === 'int32') return integers(tf, a, b, 'remainder')
    const size = tf.mod(tf.abs(a), tf.abs(b))
    return tf.where(tf.less(a, 0), tf.neg(size), size)
  }),
  max: binary(['Maximum', 'NotEqual', 'LogicalOr', 'Select'], larger),
  min: binary(['Minimum', 'NotEqual', 'LogicalOr', 'Select'], smaller),
  // as IEEE 754 has it: 1 to any power, and −1 to an infinite one, is 1
  pow: binary(
    ['Pow', 'Equal', 'LogicalOr', 'LogicalAnd', 'Select', 'IsInf'],
    (tf, a, b) => {
      const power = tf.pow(a, b)
      const one = tf.logicalOr(tf.equal(a, 1), tf.logicalAnd(tf.equal(a, -1), tf.isInf(b)))
      const everywhere = tf.logicalOr(one, tf.fill(power.shape, 0, 'bool'))
      return tf.where(everywhere, tf.onesLike(power), power)
    },
    float,
  ),
  atan2: binary(['Atan2'], (tf, a, b) => tf.atan2(a, b), float),
  eq: binary(['Equal'], (tf, a, b) => tf.equal(a, b), all),
  ne: binary(['NotEqual'], (tf, a, b) => tf.notEqual(a, b), all),
  lt: binary(['Less'], (tf, a, b) => tf.less(a, b), all),
  le: binary(['LessEqual'], (tf, a, b) => tf.lessEqual(a, b), all),
  gt: binary(['Greater'], (tf, a, b) => tf.greater(a, b), all),
  ge: binary(['GreaterEqual'], (tf, a, b) => tf.greaterEqual(a, b), all),
  and: binary(['LogicalAnd'], (tf, a, b) => tf.logicalAnd(a, b), ['bool']),
  or: binary(['LogicalOr'], (tf, a, b) => tf.logicalOr(a, b), ['bool']),
  xor: binary(['NotEqual'], (tf, a, b) => tf.notEqual(a, b), ['bool']),
}

export const elementwise: TfTable<keyof ElementwiseParams> = {
  ...unaries,
  ...binaries,
  not: unary('LogicalNot', (tf, x) => tf.logicalNot(x), ['bool']),
  isFinite: unary('IsFinite', (tf, x) => tf.isFinite(x)),
  select: {
    dtypes: all,
    kernels: ['Select', 'Tile', 'LogicalAnd', 'LogicalOr', 'LogicalNot'],
    run: (tf, [c, a, b], _, [out]) => {
      const shape = [...out.shape]
      const size = sizeOf(shape)
      const flat = (x: TfTensor): TfTensor =>
        tf.reshape(x.size === size ? x : broadcast(tf, x, shape), [size])
      const [chosen, yes, no] = [flat(c), flat(a), flat(b)]
      // tfjs' WebAssembly kernel takes bools for words and writes past their end
      const result =
        yes.dtype === 'bool'
          ? tf.logicalOr(tf.logicalAnd(chosen, yes), tf.logicalAnd(tf.logicalNot(chosen), no))
          : tf.where(chosen, yes, no)
      return [tf.reshape(result, shape)]
    },
  },
  cast: {
    dtypes: all,
    kernels: ['Cast', 'NotEqual'],
    run: (tf, [x], { dtype }) => {
      if (dtype === 'float32') return [toFloat(tf, x)]
      if (dtype !== 'bool') return [tf.cast(x, dtype as TfDType)]
      return [x.dtype === 'bool' ? x : tf.notEqual(x, tf.scalar(0, x.dtype as TfDType))]
    },
  },
}

import type { Aval } from '../aval.js'
import type { DType } from '../dtype.js'
import { NtkError } from '../errors.js'
import type { Inputs, Outputs, Params, Primitive } from '../primitives.js'
import { showShape } from '../shape.js'

/** Checks inputs and parameters of one primitive and gives the shapes and dtypes of its outputs. */
export type InferRule<P extends Primitive> = (
  inputs: Inputs<P, Aval>,
  params: Params<P>,
  name: string,
) => Outputs<P, Aval>
export type InferTable<P extends Primitive> = { readonly [Q in P]: InferRule<Q> }

/** The one dtype of all inputs. */
export function commonDType(name: string, inputs: readonly [Aval, ...Aval[]]): DType {
  return needSameDType(name, inputs[0].dtype, inputs)
}

/** The dtype, which all inputs must have. */
export function needSameDType(name: string, dtype: DType, inputs: readonly Aval[]): DType {
  for (const input of inputs) {
    if (input.dtype !== dtype) {
      throw new NtkError('dtype', {
        what: `${name} needs operands of one dtype.`,
        got: inputs.map((i) => i.dtype).join(' and '),
        fix: 'Convert one with cast(x, dtype).',
      })
    }
  }
  return dtype
}

export function needDType(name: string, aval: Aval, allowed: readonly DType[]): void {
  if (!allowed.includes(aval.dtype)) {
    throw new NtkError('dtype', {
      what: `${name} needs ${allowed.join(' or ')}.`,
      got: String(aval.dtype),
      fix: `Convert with cast(x, '${allowed[0]}').`,
    })
  }
}

export function shapeError(name: string, what: string, ...got: readonly Aval[]): NtkError {
  return new NtkError('shape', {
    what: `${name} ${what}.`,
    got: got.map((g) => showShape(g.shape)).join(' and '),
  })
}

export const floats: readonly DType[] = ['float64', 'float32']
export const numbers: readonly DType[] = ['float64', 'float32', 'int32']

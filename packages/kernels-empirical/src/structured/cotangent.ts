/**
 * Cotangents with a scalar kept apart. Constant factors of a network (wStd / √n) then cost nothing on the way back, and
 * the weights and the bias of a layer are seen to have the same cotangent, so that its products are made once.
 */
import type { Atom, Equation } from '@ntk/autodiff'
import { add, div, mul, neg, reshape, sameShape, sizeOf, type Tensor } from '@ntk/tensor'

/** scale · tensor; a scale of null is 1. */
export interface Cotangent {
  readonly tensor: Tensor
  readonly scale: Tensor | null
}

export function materialize({ tensor, scale }: Cotangent): Tensor {
  return scale === null ? tensor : mul(tensor, scale)
}

export function addCotangents(a: Cotangent | undefined, b: Cotangent): Cotangent {
  if (a === undefined) return b
  if (a.scale === b.scale) return { tensor: add(a.tensor, b.tensor), scale: a.scale }
  return { tensor: add(materialize(a), materialize(b)), scale: null }
}

/** The product of scales. */
export function scaleBy(a: Tensor | null, b: Tensor | null): Tensor | null {
  if (a === null) return b
  return b === null ? a : mul(a, b)
}

/** A scalar times a value: how the cotangent of an output becomes that of `atom`. */
export interface Pass {
  readonly atom: Atom
  readonly scale: (scale: Tensor | null, one: () => Tensor) => Tensor | null
}

const same = (scale: Tensor | null): Tensor | null => scale
const negated = (scale: Tensor | null, one: () => Tensor): Tensor => neg(scale ?? one())

/**
 * Where an equation hands its cotangent on as it is, or times a constant scalar: to which of its inputs. Null where it
 * does more. `hidden` tells the inputs that cotangents go to, `constant` the value of one that depends on nothing.
 */
export function passes(
  equation: Equation,
  hidden: (a: Atom) => boolean,
  constant: (a: Atom) => Tensor | null,
): Pass[] | null {
  const [out] = equation.outputs
  const targets = equation.inputs.filter(hidden)
  if (out === undefined || targets.some((atom) => !sameShape(atom.shape, out.shape))) return null
  const number = (atom: Atom): Tensor | null => {
    if (sizeOf(atom.shape) !== 1) return null
    const value = constant(atom)
    return value === null ? null : reshape(value, [])
  }
  switch (equation.primitive) {
    case 'add':
      return targets.map((atom) => ({ atom, scale: same }))
    case 'sub':
      return equation.inputs.flatMap((atom, i) =>
        hidden(atom) ? [{ atom, scale: i === 0 ? same : negated }] : [],
      )
    case 'neg':
      return [{ atom: equation.inputs[0], scale: negated }]
    case 'mul': {
      const [a, b] = equation.inputs
      const [atom, by] = hidden(a) ? [a, number(b)] : [b, number(a)]
      return by === null ? null : [{ atom, scale: (scale) => scaleBy(scale, by) }]
    }
    case 'div': {
      const [a, b] = equation.inputs
      const by = number(b)
      return by === null ? null : [{ atom: a, scale: (scale, one) => div(scale ?? one(), by) }]
    }
    default:
      return null
  }
}

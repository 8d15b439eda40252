import { NtkError, type Shape, sameShape, showShape, type Value } from '@ntk/tensor'
import { requireList, requireValue } from '@ntk/tensor/options'

/** The shapes of the values that come from branches. Throws NtkError 'value' where they are no list of tensors. */
export function shapesOfBranches(name: string, xs: readonly Value[]): readonly Shape[] {
  requireList(xs, `The branches of ${name}`)
  return xs.map((x) => {
    requireValue(x, `A branch of ${name}`)
    return x.shape
  })
}

/** The one shape of all branches. Throws NtkError 'shape' where they differ. */
export function commonShape(name: string, shapes: readonly Shape[]): Shape {
  requireList(shapes, `The branches of ${name}`)
  for (const shape of shapes) requireList(shape, `The shape of a branch of ${name}`)
  const [first, ...rest] = shapes
  if (first !== undefined && rest.every((shape) => sameShape(shape, first))) return first
  throw new NtkError('shape', {
    what: `${name} needs branches of one shape.`,
    got: shapes.length === 0 ? 'no branches' : shapes.map(showShape).join(', '),
    fix: 'Give the branches the same width, or put a Dense or a convolution on the narrower one.',
  })
}

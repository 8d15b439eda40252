import { NtkError, type Shape, sameShape, showShape } from '@ntk/tensor'

/** The one shape of all branches. Throws NtkError 'shape' where they differ. */
export function commonShape(name: string, shapes: readonly Shape[]): Shape {
  const [first, ...rest] = shapes
  if (first !== undefined && rest.every((shape) => sameShape(shape, first))) return first
  throw new NtkError('shape', {
    what: `${name} needs branches of one shape.`,
    got: shapes.length === 0 ? 'no branches' : shapes.map(showShape).join(', '),
    fix: 'Give the branches the same width, or put a Dense or a convolution on the narrower one.',
  })
}

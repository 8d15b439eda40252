import { NtkError, type Shape, sameShape, showShape } from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import type { Flow } from './rule.js'

/** The kernel of a flow that has one. Throws NtkError 'requirement' where branches have not come together. */
export function one(flow: Flow, name: string): Kernel {
  const [kernel] = flow
  if (flow.length === 1 && kernel !== undefined) return kernel
  throw new NtkError('requirement', {
    what: `The kernel of ${name} takes one value.`,
    got: `${flow.length} branches`,
    fix: 'Bring them together first, with FanInSum.',
  })
}

/** The same for shapes. */
export function oneShape(shapes: readonly Shape[], name: string): Shape {
  const [shape] = shapes
  if (shapes.length === 1 && shape !== undefined) return shape
  throw new NtkError('requirement', {
    what: `${name} takes one value.`,
    got: `${shapes.length} branches`,
    fix: 'Bring them together first, with FanInSum.',
  })
}

/** The one shape of several branches, batches aside. */
export function oneShapeOfAll(shapes: readonly Shape[], name: string): Shape {
  const [first] = shapes
  if (first !== undefined && shapes.every((shape) => sameShape(shape.slice(1), first.slice(1)))) return first
  throw new NtkError('shape', {
    what: `${name} needs branches of one shape.`,
    got: shapes.length === 0 ? 'no branches' : shapes.map(showShape).join(', '),
  })
}

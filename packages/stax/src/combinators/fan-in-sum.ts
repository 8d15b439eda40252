import { noRequirements, sumKernel } from '@ntk/kernels-analytic'
import { add, NtkError, type Shape, sameShape, showShape } from '@ntk/tensor'
import type { Layer } from '../layer.js'
import type { LayerType } from '../spec/layer-type.js'

function common(shapes: readonly Shape[]): Shape {
  const [first, ...rest] = shapes
  if (first !== undefined && rest.every((shape) => sameShape(shape, first))) return first
  throw new NtkError('shape', {
    what: 'FanInSum needs branches of one shape.',
    got: shapes.length === 0 ? 'no branches' : shapes.map(showShape).join(', '),
    fix: 'Give the branches the same width, or put a Dense on the narrower one.',
  })
}

/** The sum of the branches. */
export function FanInSum(): Layer<'many', 'one'> {
  return {
    spec: ['FanInSum'],
    inputs: 'many',
    outputs: 'one',
    init: (_key, inputShape) => ({ outputShape: common(inputShape), params: null }),
    apply: (_params, x) => {
      common(x.map((v) => v.shape))
      return x.reduce((a, b) => add(a, b))
    },
    kernel: sumKernel,
    requirements: noRequirements,
    steps: null,
  }
}

export const fanInSumType: LayerType = {
  name: 'FanInSum',
  rules: {},
  children: 'none',
  build: () => FanInSum(),
}

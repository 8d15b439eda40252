import {
  broadcastTo,
  concatenate,
  mul,
  NtkError,
  normalizeAxis,
  type Shape,
  showShape,
  type Value,
} from '@ntk/tensor'
import { finite, requireList } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { maskableJoin, maskOfAll } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions, specOptions } from '../spec/options.js'
import { commonShape, shapesOfBranches } from './common-shape.js'

/** The product of the branches, element by element. */
export function FanInProd(): Layer<'many', 'one'> {
  return maskableJoin(maskOfAll, {
    spec: ['FanInProd'],
    inputs: 'many',
    outputs: 'one',
    init: (_key, inputShape) => ({ outputShape: commonShape('FanInProd', inputShape), params: null }),
    apply: (_params, x) => {
      commonShape('FanInProd', shapesOfBranches('FanInProd', x))
      return x.reduce((a, b) => mul(a, b))
    },
    kernel: [{ kind: 'fanInProd' }],
  })
}

const rules = { axis: finite(-1) } as const

function joined(shapes: readonly Shape[], axis: number): Shape {
  requireList(shapes, 'The branches of FanInConcat')
  for (const shape of shapes) requireList(shape, 'The shape of a branch of FanInConcat')
  const first = shapes[0]
  const at = first === undefined ? 0 : normalizeAxis('FanInConcat', axis, first.length)
  if (
    first === undefined ||
    shapes.some((s) => s.length !== first.length || s.some((d, i) => i !== at && d !== first[i]))
  ) {
    throw new NtkError('shape', {
      what: `FanInConcat needs branches that agree on all axes but ${axis}.`,
      got: shapes.map(showShape).join(', ') || 'no branches',
    })
  }
  return first.map((d, i) => (i === at ? shapes.reduce((total, s) => total + (s[at] as number), 0) : d))
}

/** The masks joined like the branches. */
function joinedMask(masks: readonly Value[], xs: readonly Value[], axis: number): Value {
  return concatenate(
    masks.map((mask, i) => broadcastTo(mask, (xs[i] as Value).shape)),
    axis,
  )
}

/** The branches joined along an axis, the channels unless given. */
export function FanInConcat(axis = -1): Layer<'many', 'one'> {
  const checked = readLayerOptions('FanInConcat', rules, { axis })
  return maskableJoin((masks, xs) => joinedMask(masks, xs, axis), {
    spec: specOf('FanInConcat', specOptions(rules, checked)),
    inputs: 'many',
    outputs: 'one',
    init: (_key, inputShape) => ({ outputShape: joined(inputShape, axis), params: null }),
    apply: (_params, x) => {
      joined(shapesOfBranches('FanInConcat', x), axis)
      return concatenate(x, axis)
    },
    kernel: [{ kind: 'fanInConcat', axis }],
  })
}

export const fanInProdType: LayerType = {
  name: 'FanInProd',
  rules: {},
  children: 'none',
  build: () => FanInProd(),
}

export const fanInConcatType: LayerType = {
  name: 'FanInConcat',
  rules,
  children: 'none',
  build: ({ axis }) => FanInConcat((axis ?? -1) as number),
}

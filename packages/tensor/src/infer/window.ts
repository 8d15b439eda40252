import type { Aval } from '../aval.js'
import type { WindowParams, WindowParamsRecord } from '../primitives.js'
import { sameShape, showShape } from '../shape.js'
import { checkGeometry, windowedSize } from './contract.js'
import { commonDType, floats, type InferTable, needDType, numbers, shapeError } from './rule.js'

function windowed(name: string, x: Aval, p: WindowParamsRecord): number[] {
  const rank = x.shape.length
  const { window, strides, baseDilation, windowDilation } = p
  checkGeometry(name, rank, { window, strides, baseDilation, windowDilation }, p.padding)
  return x.shape.map((d, i) =>
    windowedSize(
      d,
      window[i] as number,
      strides[i] as number,
      p.padding[i] as [number, number],
      baseDilation[i] as number,
      windowDilation[i] as number,
    ),
  )
}

const plain = ([x]: readonly [Aval], p: WindowParamsRecord, name: string): [Aval] => {
  needDType(name, x, numbers)
  return [{ shape: windowed(name, x, p), dtype: x.dtype }]
}

export const windows: InferTable<keyof WindowParams> = {
  windowSum: plain,
  windowMax: plain,
  windowGatherMax: (inputs, p, name) => {
    const [x, t] = inputs
    needDType(name, x, floats)
    if (!sameShape(x.shape, t.shape)) throw shapeError(name, 'needs two tensors of one shape', x, t)
    return [{ shape: windowed(name, x, p), dtype: commonDType(name, inputs) }]
  },
  windowScatterMax: (inputs, p, name) => {
    const [x, ct] = inputs
    needDType(name, x, floats)
    const expected = windowed(name, x, p)
    if (!sameShape(expected, ct.shape))
      throw shapeError(name, `needs a second input of shape ${showShape(expected)}`, ct)
    return [{ shape: x.shape, dtype: commonDType(name, inputs) }]
  },
}

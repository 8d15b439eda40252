import type { WindowParams, WindowParamsRecord } from '@ntk/tensor'
import { distinct, floats } from '../support/inputs.js'
import type { CaseTable } from './case.js'

interface Geometry {
  readonly title: string
  readonly shape: number[]
  /** The shape of the windows. */
  readonly out: number[]
  readonly params: WindowParamsRecord
}

const geometry = (
  title: string,
  shape: number[],
  out: number[],
  options: Partial<WindowParamsRecord>,
): Geometry => {
  const ones = shape.map(() => 1)
  const params = {
    window: ones,
    strides: ones,
    padding: shape.map((): [number, number] => [0, 0]),
    baseDilation: ones,
    windowDilation: ones,
    ...options,
  }
  return { title, shape, out, params }
}

const geometries = [
  geometry('one axis', [2, 5], [2, 4], { window: [1, 2] }),
  geometry('strides and padding', [5, 4], [3, 3], {
    window: [2, 3],
    strides: [2, 2],
    padding: [
      [1, 0],
      [1, 2],
    ],
  }),
  geometry('a dilated window', [1, 6], [1, 3], { window: [1, 2], windowDilation: [1, 3] }),
  geometry('gaps in the base', [2, 3], [2, 5], {
    window: [1, 2],
    baseDilation: [1, 2],
    padding: [
      [0, 0],
      [1, 0],
    ],
  }),
  geometry('crops', [6], [3], { window: [2], padding: [[-1, -1]] }),
  geometry('all at once', [5], [3], {
    window: [2],
    strides: [3],
    padding: [[2, -1]],
    baseDilation: [2],
    windowDilation: [2],
  }),
]

export const windows: CaseTable<keyof WindowParams> = {
  windowSum: geometries.map(({ title, shape, params }) => ({ title, inputs: [floats(shape)], params })),
  // windows of gaps only are −∞
  windowMax: geometries.map(({ title, shape, params }) => ({ title, inputs: [distinct(shape)], params })),
  windowGatherMax: geometries.map(({ title, shape, params }) => ({
    title,
    inputs: [distinct(shape), floats(shape)],
    params,
  })),
  windowScatterMax: geometries.map(({ title, shape, out, params }) => ({
    title,
    inputs: [distinct(shape), floats(out)],
    params,
  })),
}

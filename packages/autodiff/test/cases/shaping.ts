import type { ShapeParams } from '@ntk/tensor'
import { bools, floats, ints } from '../support/inputs.js'
import type { CaseTable } from './case.js'

export const shaping: CaseTable<keyof ShapeParams> = {
  reshape: [
    { title: 'other axes', inputs: [floats([2, 3])], params: { shape: [3, 1, 2] } },
    { title: 'to a scalar', inputs: [floats([1, 1])], params: { shape: [] } },
  ],
  transpose: [
    { title: 'a matrix', inputs: [floats([2, 3])], params: { perm: [1, 0] } },
    { title: 'three axes in a circle', inputs: [floats([2, 3, 4])], params: { perm: [2, 0, 1] } },
  ],
  broadcastTo: [
    { title: 'a scalar', inputs: [floats([])], params: { shape: [2, 3] } },
    { title: 'an inner axis and a new one', inputs: [floats([2, 1, 3])], params: { shape: [2, 2, 4, 3] } },
  ],
  slice: [
    { title: 'a block', inputs: [floats([4, 5])], params: { start: [1, 2], limit: [3, 5], strides: [1, 1] } },
    { title: 'strides', inputs: [floats([4, 6])], params: { start: [0, 1], limit: [4, 6], strides: [3, 2] } },
    { title: 'nothing', inputs: [floats([3])], params: { start: [1], limit: [1], strides: [1] } },
  ],
  pad: [
    {
      title: 'both sides',
      inputs: [floats([2, 3])],
      params: { low: [1, 0], high: [0, 2], interior: [0, 0], value: 0 },
    },
    {
      title: 'another value',
      inputs: [floats([2])],
      params: { low: [1], high: [1], interior: [0], value: 7 },
    },
    {
      title: 'gaps',
      inputs: [floats([2, 3])],
      params: { low: [0, 1], high: [1, 0], interior: [1, 2], value: 0 },
    },
    {
      title: 'crops',
      inputs: [floats([4, 3])],
      params: { low: [-1, 0], high: [-1, -1], interior: [0, 0], value: 0 },
    },
    {
      title: 'gaps and crops',
      inputs: [floats([4, 3])],
      params: { low: [-2, 1], high: [1, -2], interior: [1, 2], value: 3 },
    },
  ],
  concatenate: [
    { title: 'two', inputs: [floats([2, 3]), floats([2, 1])], params: { axis: 1 } },
    {
      title: 'three along the first axis',
      inputs: [floats([1, 2]), floats([2, 2]), floats([0, 2])],
      params: { axis: 0 },
    },
  ],
  reverse: [
    { title: 'one axis', inputs: [floats([2, 3])], params: { axes: [1] } },
    { title: 'two axes', inputs: [floats([2, 3, 2])], params: { axes: [0, 2] } },
    { title: 'bools', inputs: [bools([3])], params: { axes: [0] } },
  ],
  iota: [{ title: 'floats', inputs: [], params: { dtype: 'float64', shape: [2, 3], axis: 1 } }],
  full: [{ title: 'floats', inputs: [], params: { dtype: 'float64', shape: [2, 3], value: 0.5 } }],
  gather: [
    { title: 'rows', inputs: [floats([4, 3]), ints([5], 0, 4)], params: { axis: 0, batchDims: 0 } },
    {
      title: 'the last axis, a matrix of indices',
      inputs: [floats([2, 4]), ints([2, 3], 0, 4)],
      params: { axis: 1, batchDims: 0 },
    },
    {
      title: 'a scalar index in the middle',
      inputs: [floats([2, 3, 2]), ints([], 0, 3)],
      params: { axis: 1, batchDims: 0 },
    },
    {
      title: 'a shared axis',
      inputs: [floats([2, 4]), ints([2, 3], 0, 4)],
      params: { axis: 1, batchDims: 1 },
    },
    {
      title: 'a shared axis and axes around',
      inputs: [floats([2, 2, 3, 2]), ints([2, 2], 0, 3)],
      params: { axis: 2, batchDims: 1 },
    },
  ],
  scatterAdd: [
    {
      title: 'rows',
      inputs: [floats([4, 3]), ints([5], 0, 4), floats([5, 3])],
      params: { axis: 0, batchDims: 0 },
    },
    {
      title: 'the last axis',
      inputs: [floats([2, 4]), ints([3], 0, 4), floats([2, 3])],
      params: { axis: 1, batchDims: 0 },
    },
    {
      title: 'a shared axis',
      inputs: [floats([2, 4]), ints([2, 3], 0, 4), floats([2, 3])],
      params: { axis: 1, batchDims: 1 },
    },
    {
      title: 'a shared axis and axes around',
      inputs: [floats([2, 2, 3, 2]), ints([2, 2], 0, 3), floats([2, 2, 2, 2])],
      params: { axis: 2, batchDims: 1 },
    },
  ],
}

import type { ReduceParams } from '@ntk/tensor'
import { bools, distinct, floats, type Input, ints, values } from '../support/inputs.js'
import type { CaseTable } from './case.js'

const axes = (input: (shape: number[]) => Input) =>
  [
    { title: 'the last axis', inputs: [input([2, 3])], params: { axes: [1] } },
    { title: 'the first axis', inputs: [input([3, 2])], params: { axes: [0] } },
    { title: 'two outer axes', inputs: [input([2, 2, 3])], params: { axes: [0, 2] } },
    { title: 'all axes', inputs: [input([2, 2])], params: { axes: [0, 1] } },
    { title: 'no axis', inputs: [input([2, 2])], params: { axes: [] } },
  ] as const

const lines = (input: (shape: number[]) => Input) =>
  [
    { title: 'the last axis', inputs: [input([2, 3])], params: { axis: 1 } },
    { title: 'the middle axis', inputs: [input([2, 3, 2])], params: { axis: 1 } },
  ] as const

export const reductions: CaseTable<keyof ReduceParams> = {
  reduceSum: [
    ...axes((s) => floats(s)),
    { title: 'integers', inputs: [ints([2, 3], -4, 4)], params: { axes: [1] } },
  ],
  reduceProd: [
    ...axes((s) => floats(s, 0.5, 1.5)),
    { title: 'five factors', inputs: [floats([5, 2], 0.5, 1.5)], params: { axes: [0] } },
    {
      title: 'one zero and two zeros',
      inputs: [
        () =>
          values([
            [0, 2, 3],
            [0, 0, 4],
          ]),
      ],
      params: { axes: [1] },
    },
    { title: 'an empty axis', inputs: [floats([2, 0])], params: { axes: [1] } },
  ],
  reduceMax: axes((s) => distinct(s)),
  reduceMin: axes((s) => distinct(s)),
  reduceAnd: axes(bools),
  reduceOr: axes(bools),
  argMax: lines((s) => distinct(s)),
  argMin: lines((s) => distinct(s)),
  cumSum: [
    { title: 'forward', inputs: [floats([2, 3])], params: { axis: 1, reverse: false } },
    { title: 'reversed, the first axis', inputs: [floats([3, 2])], params: { axis: 0, reverse: true } },
  ],
  sort: lines((s) => distinct(s)),
  argSort: lines((s) => distinct(s)),
}

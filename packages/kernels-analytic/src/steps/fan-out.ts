import { carriesAll, identity } from '../places.js'
import { one, oneShape } from './one.js'
import type { StepRule } from './rule.js'
import type { FanOutStep } from './step.js'

const copies = <T>(x: T, n: number): readonly T[] => new Array<T>(n).fill(x)

/** The same kernel to every branch, which remembers that it is the same. */
export const fanOutRule: StepRule<FanOutStep> = {
  name: () => 'FanOut',
  places: () => carriesAll,
  spatial: () => 'same',
  shapes: ({ n }, shapes) => copies(oneShape(shapes, 'FanOut'), n),
  hyperparameters: () => ({}),
  evaluate: ({ n }, flow) => {
    const of = one(flow, 'FanOut')
    return copies({ ...of, source: { of, by: identity } }, n)
  },
  operations: () => 0,
}

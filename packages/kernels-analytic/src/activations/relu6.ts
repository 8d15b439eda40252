import { clip } from '@ntk/tensor'
import { type Activation, activation, type None } from './activation.js'
import { straightDual } from './ramps.js'

export const Relu6: Activation<None> = activation({
  name: 'Relu6',
  summary: 'x between 0 and 6, these beyond.',
  options: {},
  apply: (x) => clip(x, 0, 6),
  dual: straightDual({
    clip: { lo: 0, hi: 6 },
    slope: 0,
    ramps: [
      { height: 1, start: 0, side: 1 },
      { height: -1, start: 6, side: 1 },
    ],
  }),
})

import { clip } from '@ntk/tensor'
import { type Activation, activation, type None } from './activation.js'
import { straightDual } from './ramps.js'

export const HardTanh: Activation<None> = activation({
  name: 'HardTanh',
  summary: 'x between −1 and 1, these beyond.',
  options: {},
  apply: (x) => clip(x, -1, 1),
  dual: {
    ...straightDual({
      clip: { lo: -1, hi: 1 },
      slope: 1,
      ramps: [
        { height: -1, start: 1, side: 1 },
        { height: 1, start: 1, side: -1 },
      ],
    }),
    mean: () => 'zero',
  },
})

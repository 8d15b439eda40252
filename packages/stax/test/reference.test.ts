import { describe } from 'vitest'
import { casesOf, holdsByEveryWay } from './reference-cases.js'

/** Values of neural-tangents, one file a family of layers. */
const files = ['convolutional', 'attention']

describe.each(files)('%s: kernels of networks in space agree with the reference', (file) => {
  describe.each(casesOf(file))('$name ($#)', (c) => {
    // The reference rounds the NTK of a sample with itself to 1e-8 behind a ReLU.
    holdsByEveryWay(c, c.x2 === null && file === 'attention' ? 1e-8 : 1e-10)
  })
})

import { tfjsBackend } from '@ntk/backend-tfjs'
import { backendContract } from '@ntk/tensor/contract'
import { describe, it } from 'vitest'

describe('tfjs on WebAssembly', () => {
  backendContract(
    () => tfjsBackend({ device: 'wasm' }),
    { describe, it },
    {
      // fmin and fmax of C know no order of zeros
      signedZeros: false,
      skip: [
        {
          match: 'convGeneralDilated of float32 [1, 2, 2, 2, 2, 2]',
          reason: 'tfjs convolves over at most 3 spatial axes',
        },
        { match: 'reduceSum of float32 [4096]', reason: 'it adds one after the other in float32' },
        {
          match: /^(sin|cos) of float32/,
          reason: 'its polynomial is off by up to 2e-7 where the result is small',
        },
      ],
    },
  )
})

describe('tfjs in plain JavaScript', () => {
  backendContract(
    () => tfjsBackend({ device: 'cpu' }),
    { describe, it },
    {
      signedZeros: false,
      skip: [
        {
          match: 'convGeneralDilated of float32 [1, 2, 2, 2, 2, 2]',
          reason: 'tfjs convolves over at most 3 spatial axes',
        },
        {
          match: /^mul of int32 .*special/,
          reason: 'it multiplies int32 in doubles, which large products overflow',
        },
        { match: /^erf of float32/, reason: 'its polynomial is good to 1e-7 of 1, not of the result' },
      ],
    },
  )
})
